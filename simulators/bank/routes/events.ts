import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Bank } from "../bank.ts";
import { findConnection } from "../connection.ts";
import { listEvents, storeEvent } from "../event-store.ts";
import { KeysUnreachable, type SetErrorCode, SetRefusal } from "../security-event.ts";

/** A token has about one kilobyte; the limit allows for larger keys and claims. */
const bodyLimit = 32 * 1_024;

/** Receives pushed events (RFC 8935): stored, then answered 202, then processed. `GET /events` lists them. */
export function eventRoutes(server: FastifyInstance, bank: Bank): void {
  const { pool, verifier, faults } = bank;

  server.get("/events", () => listEvents(pool));

  void server.register(async (receiver) => {
    receiver.removeAllContentTypeParsers();
    receiver.addContentTypeParser(
      "application/secevent+jwt",
      { parseAs: "string", bodyLimit },
      (_, body, done) => done(null, body),
    );
    // Read and ignored: the refusal below reports what was wrong, in the form of RFC 8935.
    receiver.addContentTypeParser("*", { parseAs: "buffer", bodyLimit }, (_request, _body, done) =>
      done(null),
    );

    receiver.addHook("onRequest", async (request, reply) => {
      if (!faults.down) return;
      reply.hijack();
      request.raw.socket.destroy();
    });

    receiver.post("/events", async (request, reply) => {
      const status = await faults.meetEvent(request.body);
      if (status === "cut") {
        reply.hijack();
        request.raw.socket.destroy();
        return reply;
      }
      if (status !== undefined) return later(reply, status, "A fault set over the control interface.");
      if (!same(request.headers.authorization, bank.pushAuthorization))
        return refuse(reply, 401, "authentication_failed", "The authorization header is not the stream's.");
      if (typeof request.body !== "string")
        return refuse(reply, 400, "invalid_request", "Send a token as application/secevent+jwt.");
      const connection = await findConnection(pool);
      if (connection === undefined) return later(reply, 503, "The bank has no stream yet.");
      try {
        await storeEvent(pool, await verifier.verify(request.body, connection), "push");
      } catch (error) {
        if (error instanceof SetRefusal) return refuse(reply, 400, error.code, error.message);
        if (error instanceof KeysUnreachable) return later(reply, 503, error.message);
        throw error;
      }
      bank.wakeClerk();
      return reply.code(202).send();
    });
  });
}

const refuse = (reply: FastifyReply, status: number, err: SetErrorCode, description: string): FastifyReply =>
  reply.code(status).header("content-language", "en").send({ err, description });

const later = (reply: FastifyReply, status: number, message: string): FastifyReply =>
  reply.code(status).send({ error: "NOT_NOW", message, next: "Send the event again later." });

function same(given: string | undefined, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given ?? ""), digest(expected));
}
