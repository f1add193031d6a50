import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { changeStreamStatus } from "../../domain/notification/streams.ts";
import { eventTypes } from "../../protocol/events.ts";
import { storedText } from "../../protocol/stored-text.ts";
import { transaction } from "../../registry/database.ts";
import { addSecurityEvent } from "../../registry/notification/security-events.ts";
import { idempotently } from "../idempotency.ts";
import { idempotent } from "../openapi/described.ts";
import type { SharedSignalsDeps } from "./deps.ts";
import { byReceiver, done, doneWithNothing, onStream, streamStatus } from "./descriptions.ts";
import { signalMoved } from "./moved.ts";
import { named, noStream, onOwnStream } from "./own-stream.ts";

const question = z.object(named);
export const newStatus = z.object({
  ...named,
  status: z.enum(["enabled", "paused", "disabled"]),
  reason: storedText(256).optional(),
});
export const verification = z.object({ ...named, state: storedText(1_024).optional() });

/**
 * `/ssf/status` and `/ssf/verify` (Shared Signals Framework 1.0 §8.1.2 and §8.1.4). While a stream is
 * paused, events wait, and are dead-lettered when their time is over; a disabled stream holds none.
 */
export function streamStatusRoutes(server: FastifyInstance, deps: SharedSignalsDeps): void {
  server.get(
    "/ssf/status",
    onStream({
      ...byReceiver,
      summary: "Whether events are sent",
      querystring: question,
      response: done(streamStatus),
    }),
    async (request) => {
      const { stream } = await onOwnStream(deps, request, question, request.query, "party-or-stream-token");
      const { id, status, statusReason: reason } = stream;
      return { stream_id: id, status, ...(reason === undefined ? {} : { reason }) };
    },
  );

  server.post(
    "/ssf/status",
    onStream({
      summary: "Enable, pause or disable the stream",
      ...idempotent,
      body: newStatus,
      response: done(streamStatus),
    }),
    async (request, reply) => {
      const { stream, asked } = await onOwnStream(deps, request, newStatus, request.body);
      return idempotently(deps, request, reply, stream.partyId, async () => {
        const { status, reason } = asked;
        const moved = await transaction(deps.pool, (connection) =>
          changeStreamStatus(connection, stream, { status, reason, now: deps.clock() }),
        );
        if (!moved) throw noStream();
        await signalMoved(deps, moved);
        return { status: 200, body: asked };
      });
    },
  );

  server.post(
    "/ssf/verify",
    onStream({
      ...byReceiver,
      summary: "Request a verification event",
      ...idempotent,
      body: verification,
      response: doneWithNothing,
    }),
    async (request, reply) => {
      const { stream, asked } = await onOwnStream(
        deps,
        request,
        verification,
        request.body,
        "party-or-stream-token",
      );
      deps.limits?.verification(stream.partyId);
      return idempotently(deps, request, reply, stream.partyId, async () => {
        const jti = randomUUID();
        await addSecurityEvent(deps.pool, {
          jti,
          partyId: stream.partyId,
          event: eventTypes.verification,
          claims: asked.state === undefined ? {} : { state: asked.state },
        });
        await deps.notification.transmit(jti);
        return { status: 204 };
      });
    },
  );
}
