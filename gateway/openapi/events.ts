import { z } from "zod";
import { named } from "../shared-signals/own-stream.ts";
import { pollRequest } from "../shared-signals/poll.ts";
import { newStatus, verification } from "../shared-signals/status.ts";
import { newStream, streamChange, streamReplacement } from "../shared-signals/stream-document.ts";
import { byParty, idempotencyKey, json, type Paths, refused } from "./operation.ts";

/** A stream as its receiver sees it (Shared Signals Framework 1.0 §8.1.1). */
const stream = z.looseObject({
  stream_id: z.uuid(),
  iss: z.url(),
  aud: z.string(),
  delivery: z.looseObject({ method: z.string(), endpoint_url: z.string() }),
  events_supported: z.array(z.string()),
  events_requested: z.array(z.string()),
  events_delivered: z.array(z.string()),
});
const status = z.looseObject({
  stream_id: z.uuid(),
  status: z.enum(["enabled", "paused", "disabled"]),
  reason: z.string().optional(),
});
const polled = z.strictObject({
  sets: z.record(z.uuid(), z.string()),
  moreAvailable: z.boolean().optional(),
});
const subject = z.looseObject(named);

const streamId = {
  name: "stream_id",
  in: "query",
  required: true,
  schema: { type: "string", format: "uuid" },
};
const asked = (summary: string, body: z.ZodType, responses: object, parameters: object[] = []) => ({
  summary,
  ...byParty("ssf"),
  ...(parameters.length > 0 ? { parameters } : {}),
  requestBody: { required: true, content: json(body, "input") },
  responses: { ...responses, ...refused },
});
const done = (schema: z.ZodType) => ({ 200: { description: "Done", content: json(schema) } });
const nothing = { 204: { description: "Done" } };
const read = (summary: string, schema: z.ZodType, parameters: object[]) => ({
  summary,
  ...byParty("ssf"),
  parameters,
  responses: { ...done(schema), ...refused },
});

/** The Shared Signals transmitter (docs/reference/events.md). */
export const eventPaths: Paths = {
  "/ssf/streams": {
    get: read("The party's stream", z.union([stream, z.array(stream)]), [{ ...streamId, required: false }]),
    post: asked(
      "Create the party's stream",
      newStream,
      { 201: { description: "The stream", content: json(stream) } },
      [idempotencyKey],
    ),
    patch: asked("Change what is named of the stream", streamChange, done(stream), [idempotencyKey]),
    put: asked("Replace what the party may set of the stream", streamReplacement, done(stream)),
    delete: {
      summary: "Delete the stream",
      ...byParty("ssf"),
      parameters: [streamId],
      responses: { ...nothing, ...refused },
    },
  },
  "/ssf/status": {
    get: read("Whether events are sent", status, [streamId]),
    post: asked("Enable, pause or disable the stream", newStatus, done(status), [idempotencyKey]),
  },
  "/ssf/verify": {
    post: asked("Have a verification event sent", verification, nothing, [idempotencyKey]),
  },
  "/ssf/subjects:add": {
    post: asked(
      "Taken and without effect: whom a party hears of follows from the persons' consents",
      subject,
      {
        200: { description: "Taken" },
      },
    ),
  },
  "/ssf/subjects:remove": {
    post: asked("Taken and without effect: a withdrawal is the person's", subject, nothing),
  },
  "/ssf/poll/{stream}": {
    post: {
      ...asked("Take events, and say which were taken (RFC 8936)", pollRequest.omit({ stream_id: true }), {
        200: { description: "Security Event Tokens by their jti", content: json(polled) },
      }),
      parameters: [
        { name: "stream", in: "path", required: true, schema: { type: "string", format: "uuid" } },
      ],
    },
  },
};
