import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { changeStream, endStream, openStream } from "../../domain/notification/streams.ts";
import { Refusal } from "../../domain/refusal.ts";
import { transaction } from "../../registry/database.ts";
import { findStream, type Stream, type StreamSettings } from "../../registry/notification/streams.ts";
import { idempotently } from "../idempotency.ts";
import { idempotent, json } from "../openapi/described.ts";
import { requireParty } from "../openid/party-token.ts";
import type { SharedSignalsDeps } from "./deps.ts";
import { byReceiver, done, doneWithNothing, onStream, stream as shownStream } from "./descriptions.ts";
import { signalMoved } from "./moved.ts";
import { named, noStream, onOwnStream, read, requireCaller } from "./own-stream.ts";
import {
  changedSettings,
  newStream,
  settingsOf,
  streamChange,
  streamDocument,
  streamReplacement,
} from "./stream-document.ts";
import { requireTransmitterSupplied } from "./transmitter-supplied.ts";

const maybeNamed = z.object(named).partial();

/** `/ssf/streams`: create, read, update, replace and delete the party's stream (Shared Signals Framework 1.0 §8.1.1). */
export function streamRoutes(server: FastifyInstance, deps: SharedSignalsDeps): void {
  const document = (stream: Stream): object => streamDocument(deps.publicUrl, stream);
  const update = async (stream: Stream, change: (stream: Stream) => StreamSettings): Promise<object> => {
    const updated = await transaction(deps.pool, (connection) =>
      changeStream(connection, deps.sealer, stream, (now) => {
        const settings = change(now);
        requireSettings(deps, settings);
        return settings;
      }),
    );
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
        requireSettings(deps, settings);
        const stream = await transaction(deps.pool, (connection) =>
          openStream(connection, deps.sealer, partyId, settings),
        );
        if (!stream) throw new Refusal({ code: "STREAM_EXISTS", detail: "A party has one stream." });
        return { status: 201, body: document(stream) };
      });
    },
  );

  server.get(
    "/ssf/streams",
    onStream({
      ...byReceiver,
      summary: "The party's stream",
      querystring: maybeNamed,
      response: done(z.union([shownStream, z.array(shownStream)])),
    }),
    async (request) => {
      const { partyId } = await requireCaller(deps, request, "party-or-stream-token");
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
      return idempotently(deps, request, reply, stream.partyId, async () => {
        requireTransmitterSupplied(deps.publicUrl, stream, request.body);
        return { status: 200, body: await update(stream, (now) => changedSettings(now, asked)) };
      });
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
      requireTransmitterSupplied(deps.publicUrl, stream, request.body);
      return update(stream, () => settingsOf(asked));
    },
  );

  server.delete(
    "/ssf/streams",
    onStream({
      summary: "Delete the stream, and with it the events that were not delivered over it",
      querystring: z.object(named),
      response: doneWithNothing,
    }),
    async (request, reply) => {
      const { stream } = await onOwnStream(deps, request, z.object(named), request.query);
      const moved = await transaction(deps.pool, (connection) => endStream(connection, stream, deps.clock()));
      if (!moved) throw noStream();
      await signalMoved(deps, moved);
      return reply.code(204).send();
    },
  );
}

/** @throws Refusal STREAM_ENDPOINT_FORBIDDEN or MALFORMED_REQUEST */
function requireSettings(
  { assertEndpoint }: SharedSignalsDeps,
  { endpoint, bearerPolling }: StreamSettings,
): void {
  if (endpoint === undefined) return;
  if (bearerPolling)
    throw new Refusal({
      code: "MALFORMED_REQUEST",
      detail: "bearer_polling is for streams with poll delivery.",
    });
  try {
    assertEndpoint(endpoint);
  } catch (error) {
    throw new Refusal({ code: "STREAM_ENDPOINT_FORBIDDEN", detail: (error as Error).message });
  }
}
