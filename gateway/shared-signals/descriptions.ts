import * as z from "zod";
import { byParty, type Description, described, json, nothing, refused } from "../openapi/described.ts";

/** A stream as shown to its receiver (Shared Signals Framework 1.0 §8.1.1). */
export const stream = z.looseObject({
  stream_id: z.uuid(),
  iss: z.url(),
  aud: z.string(),
  delivery: z.looseObject({ method: z.string(), endpoint_url: z.string() }),
  events_supported: z.array(z.string()),
  events_requested: z.array(z.string()),
  events_delivered: z.array(z.string()),
  min_verification_interval: z.number().int(),
});
/** A bearer token of a stream, shown once. */
export const streamToken = z.strictObject({
  stream_id: z.uuid(),
  access_token: z.string(),
  token_type: z.literal("Bearer"),
  expires_in: z.number().int(),
});
export const streamStatus = z.looseObject({
  stream_id: z.uuid(),
  status: z.enum(["enabled", "paused", "disabled"]),
  reason: z.string().optional(),
});
export const polled = z.strictObject({
  sets: z.record(z.uuid(), z.string()),
  moreAvailable: z.boolean().optional(),
});

export const done = (schema: z.ZodType): Description["response"] => ({ 200: json("Done", schema) });
export const doneWithNothing: Description["response"] = { 204: nothing("Done") };

/** A party's operation on its stream. */
export const onStream = ({ response, ...description }: Description) =>
  described({ ...byParty("ssf"), ...description, response: { ...response, ...refused } });

/** An operation that also a bearer token of the stream allows. */
export const byReceiver = { security: [{ party: ["ssf"] }, { stream: [] }] };
