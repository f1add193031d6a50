import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { eventTypes } from "../../protocol/events.ts";
import { storedText } from "../../protocol/stored-text.ts";
import { addSecurityEvent } from "../../registry/notification/security-events.ts";
import { setStreamStatus } from "../../registry/notification/streams.ts";
import { idempotently } from "../idempotency.ts";
import { idempotent, nothing } from "../openapi/described.ts";
import type { SharedSignalsDeps } from "./deps.ts";
import { done, doneWithNothing, onStream, streamStatus } from "./descriptions.ts";
import { named, onOwnStream } from "./own-stream.ts";

const question = z.object(named);
export const newStatus = z.object({
  ...named,
  status: z.enum(["enabled", "paused", "disabled"]),
  reason: storedText(256).optional(),
});
export const verification = z.object({ ...named, state: storedText(1_024).optional() });
const anySubject = z.looseObject(named);

/**
 * `/ssf/status`, `/ssf/verify` and the subject endpoints (Shared Signals Framework 1.0 §8.1.2 to §8.1.4). While a stream is
 * paused or disabled, events wait, and are dead-lettered when their time is over.
 */
export function streamStatusRoutes(server: FastifyInstance, deps: SharedSignalsDeps): void {
  server.get(
    "/ssf/status",
    onStream({
      summary: "Whether events are sent",
      querystring: question,
      response: done(streamStatus),
    }),
    async (request) => {
      const { stream } = await onOwnStream(deps, request, question, request.query);
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
        await setStreamStatus(deps.pool, stream.id, asked.status, asked.reason);
        return { status: 200, body: asked };
      });
    },
  );

  server.post(
    "/ssf/verify",
    onStream({
      summary: "Request a verification event",
      ...idempotent,
      body: verification,
      response: doneWithNothing,
    }),
    async (request, reply) => {
      const { stream, asked } = await onOwnStream(deps, request, verification, request.body);
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

  // The persons' consents determine whom a party is notified of: nothing can be added, and only the person can withdraw.
  const without = {
    add: "Accepted without effect: the persons' consents determine whom a party is notified of",
    remove: "Accepted without effect: only the person can withdraw",
  };
  for (const [address, status] of [
    ["add", 200],
    ["remove", 204],
  ] as const) {
    const response = { [status]: nothing(status === 200 ? "Taken" : "Done") };
    const description = onStream({ summary: without[address], body: anySubject, response });
    server.post(`/ssf/subjects::${address}`, description, async (request, reply) => {
      await onOwnStream(deps, request, anySubject, request.body);
      return reply.code(status).send();
    });
  }
}
