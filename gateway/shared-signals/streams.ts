import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { Refusal } from "../../domain/refusal.ts";
import {
  createStream,
  deleteStream,
  findStream,
  type Stream,
  type StreamSettings,
  updateStream,
} from "../../registry/notification/streams.ts";
import { idempotently } from "../idempotency.ts";
import { idempotent, json } from "../openapi/described.ts";
import { requireParty } from "../openid/party-token.ts";
import type { SharedSignalsDeps } from "./deps.ts";
import { done, doneWithNothing, onStream, stream as shownStream } from "./descriptions.ts";
import { named, noStream, onOwnStream, read } from "./own-stream.ts";
import {
  changedSettings,
  newStream,
  settingsOf,
  streamChange,
  streamDocument,
  streamReplacement,
} from "./stream-document.ts";

const maybeNamed = z.object(named).partial();

/** `/ssf/streams`: create, read, update, replace and delete the party's stream (Shared Signals Framework 1.0 §8.1.1). */
export function streamRoutes(server: FastifyInstance, deps: SharedSignalsDeps): void {
  const document = (stream: Stream): object => streamDocument(deps.publicUrl, stream);
  const update = async (stream: Stream, settings: StreamSettings): Promise<object> => {
    requireEndpoint(deps, settings);
    const updated = await updateStream(deps.pool, deps.sealer, stream, settings);
    if (!updated) throw noStream();
    return document(updated);
  };

  server.post(
    "/ssf/streams",
    onStream({
      summary: "Create the party's stream",
      ...idempotent,
      body: newStream,
      response: { 201: json("The stream", shownStream) },
    }),
    async (request, reply) => {
      const { partyId } = await requireParty(deps, request, "ssf");
      return idempotently(deps, request, reply, partyId, async () => {
        const settings = settingsOf(read(newStream, request.body));
        requireEndpoint(deps, settings);
        const stream = await createStream(deps.pool, deps.sealer, partyId, settings);
        if (!stream) throw new Refusal({ code: "STREAM_EXISTS", detail: "A party has one stream." });
        return { status: 201, body: document(stream) };
      });
    },
  );

  server.get(
    "/ssf/streams",
    onStream({
      summary: "The party's stream",
      querystring: maybeNamed,
      response: done(z.union([shownStream, z.array(shownStream)])),
    }),
    async (request) => {
      const { partyId } = await requireParty(deps, request, "ssf");
      const { stream_id: id } = read(maybeNamed, request.query);
      const stream = await findStream(deps.pool, deps.sealer, partyId);
      if (id === undefined) return stream ? [document(stream)] : [];
      if (stream?.id !== id) throw noStream();
      return document(stream);
    },
  );

  server.patch(
    "/ssf/streams",
    onStream({
      summary: "Change the named members of the stream",
      ...idempotent,
      body: streamChange,
      response: done(shownStream),
    }),
    async (request, reply) => {
      const { stream, asked } = await onOwnStream(deps, request, streamChange, request.body);
      return idempotently(deps, request, reply, stream.partyId, async () => ({
        status: 200,
        body: await update(stream, changedSettings(stream, asked)),
      }));
    },
  );

  server.put(
    "/ssf/streams",
    onStream({
      summary: "Replace the stream's settings",
      body: streamReplacement,
      response: done(shownStream),
    }),
    async (request) => {
      const { stream, asked } = await onOwnStream(deps, request, streamReplacement, request.body);
      return update(stream, settingsOf(asked));
    },
  );

  server.delete(
    "/ssf/streams",
    onStream({
      summary: "Delete the stream",
      querystring: z.object(named),
      response: doneWithNothing,
    }),
    async (request, reply) => {
      const { stream } = await onOwnStream(deps, request, z.object(named), request.query);
      await deleteStream(deps.pool, stream.id);
      return reply.code(204).send();
    },
  );
}

function requireEndpoint({ assertEndpoint }: SharedSignalsDeps, { endpoint }: StreamSettings): void {
  if (endpoint === undefined) return;
  try {
    assertEndpoint(endpoint);
  } catch (error) {
    throw new Refusal({ code: "STREAM_ENDPOINT_FORBIDDEN", detail: (error as Error).message });
  }
}
