import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { HttpRefusal } from "../http.ts";
import type { PushService } from "./service.ts";

const longestWaitSeconds = 30;

const newSubscription = z.strictObject({
  /** The sender's key, base64url: only this sender may push (RFC 8292 §4). */
  vapidPublicKey: z
    .string()
    .regex(/^[\w-]{87}$/)
    .optional(),
});
const byId = z.object({ id: z.string() });
const waiting = z.object({ wait: z.coerce.number().min(0).max(longestWaitSeconds).default(0) });

/** The phone's interface. A real push service uses its own private protocol for it. */
export function phoneRoutes(server: FastifyInstance, { mailboxes, ...service }: PushService): void {
  server.post("/subscriptions", async (request, reply) => {
    const { vapidPublicKey } = newSubscription.parse(request.body ?? {});
    const box = mailboxes.open(vapidPublicKey);
    if (!box) throw new HttpRefusal(507, "FULL", "There are too many subscriptions.", "Delete some first.");
    await service.save();
    const { id, inbox } = box;
    const url = service.url();
    return reply.code(201).send({ id, endpoint: `${url}/push/${id}`, inbox: `${url}/inbox/${inbox}` });
  });

  server.delete("/subscriptions/:id", async (request, reply) => {
    if (!mailboxes.close(byId.parse(request.params).id)) throw noSubscription();
    await service.save();
    return reply.code(204).send();
  });

  server.get("/inbox/:id", async (request, reply) => {
    const box = mailboxes.findByInbox(byId.parse(request.params).id);
    if (!box) throw noSubscription();
    const { wait } = waiting.parse(request.query);
    const left = new AbortController();
    reply.raw.once("close", () => left.abort());
    const gone = AbortSignal.any([service.closing, left.signal]);
    const messages = await mailboxes.take(box, wait * 1_000, gone);
    if (messages.length > 0) await service.save();
    return { messages: messages.map(({ body, topic, urgency }) => ({ body, topic, urgency })) };
  });
}

const noSubscription = () =>
  new HttpRefusal(404, "NO_SUBSCRIPTION", "There is no such subscription.", "Subscribe first.");
