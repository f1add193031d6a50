import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { DurableFile, readJson } from "../durable-file.ts";
import { HttpRefusal, listen, makeServer } from "../http.ts";
import { type Mailbox, Mailboxes } from "./mailboxes.ts";
import { verifyVapid } from "./vapid.ts";

export interface PushServiceOptions {
  /** Where mailboxes are kept. In memory when absent. */
  directory?: string | undefined;
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** Default 0: any free port. */
  port?: number | undefined;
}

const largestMessage = 4_096;
const longestWaitSeconds = 30;
const longestTtlSeconds = 60 * 24 * 3_600;

const newSubscription = z.strictObject({
  vapidPublicKey: z
    .string()
    .regex(/^[\w-]{87}$/)
    .optional(),
});
const identified = z.object({ id: z.string().regex(/^[\w-]{24}$/) });
const waiting = z.object({ wait: z.coerce.number().min(0).max(longestWaitSeconds).default(0) });
const faultSchema = z.strictObject({
  status: z.number().int().min(400).max(599),
  times: z.number().int().min(1).optional(),
  retryAfter: z.number().int().min(0).optional(),
});

/** Starts a push service (RFC 8030) for phones that are programs: they subscribe here and read their mailboxes here. */
export async function startPushService(
  options: PushServiceOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const path = options.directory === undefined ? undefined : join(options.directory, "mailboxes.json");
  const mailboxes = new Mailboxes((path === undefined ? undefined : await readJson<Mailbox[]>(path)) ?? []);
  const file = path === undefined ? undefined : new DurableFile(path, () => mailboxes.all());
  const closing = new AbortController();
  const server = makeServer(largestMessage);
  let url = "";
  phoneRoutes(server, mailboxes, { url: () => url, save: () => file?.save(), closing: closing.signal });
  senderRoutes(server, mailboxes, { url: () => url, save: () => file?.save() });
  url = await listen(server, options);
  return {
    url,
    async close() {
      closing.abort();
      await server.close();
      await file?.save();
    },
  };
}

interface Place {
  url: () => string;
  save: () => Promise<void> | undefined;
}

/** The phone's side. A real push service has a protocol of its own for it, which no outsider sees. */
function phoneRoutes(
  server: FastifyInstance,
  mailboxes: Mailboxes,
  place: Place & { closing: AbortSignal },
): void {
  server.post("/subscriptions", async (request, reply) => {
    const { vapidPublicKey } = newSubscription.parse(request.body ?? {});
    const box = mailboxes.open(vapidPublicKey);
    if (!box) throw new HttpRefusal(507, "FULL", "There are too many subscriptions.", "Delete some first.");
    await place.save();
    return reply
      .code(201)
      .send({
        id: box.id,
        endpoint: `${place.url()}/push/${box.id}`,
        inbox: `${place.url()}/inbox/${box.inbox}`,
      });
  });

  server.delete("/subscriptions/:id", async (request, reply) => {
    mailboxes.remove(identified.parse(request.params).id);
    await place.save();
    return reply.code(204).send();
  });

  server.get("/inbox/:id", async (request) => {
    const box = mailboxes.findByInbox(identified.parse(request.params).id) ?? noSubscription(404);
    const { wait } = waiting.parse(request.query);
    const messages = await mailboxes.take(box, wait * 1_000, place.closing);
    return { messages: messages.map(({ body, topic, urgency }) => ({ body, topic, urgency })) };
  });
}

/** The application server's side: RFC 8030, with the sender known by RFC 8292. */
function senderRoutes(server: FastifyInstance, mailboxes: Mailboxes, place: Place): void {
  let fault: z.infer<typeof faultSchema> | undefined;
  server.post("/control/faults", (request) => (fault = faultSchema.parse(request.body)));
  server.delete("/control/faults", async (_request, reply) => {
    fault = undefined;
    return reply.code(204).send();
  });

  server.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
  server.post("/push/:id", async (request, reply) => {
    if (fault) {
      const { status, retryAfter } = fault;
      if (fault.times !== undefined && (fault.times -= 1) === 0) fault = undefined;
      if (retryAfter !== undefined) reply.header("retry-after", String(retryAfter));
      return reply.code(status).send();
    }
    const box = mailboxes.find(identified.parse(request.params).id) ?? noSubscription(410);
    const sender = await verifyVapid(request.headers.authorization, new URL(place.url()).origin);
    if (sender === undefined) refuse(401, "VAPID_INVALID", "The sender is not known by its key (RFC 8292).");
    if (box.vapidPublicKey !== undefined && sender !== box.vapidPublicKey)
      refuse(403, "OTHER_SENDER", "The phone subscribed to another sender.");
    const { ttl, topic, urgency = "normal", "content-encoding": encoding } = request.headers;
    const seconds = typeof ttl === "string" && /^\d{1,10}$/.test(ttl) ? Number(ttl) : undefined;
    if (seconds === undefined) return refuse(400, "TTL_MISSING", "TTL is required (RFC 8030 §5.2).");
    if (encoding !== "aes128gcm" || !Buffer.isBuffer(request.body) || request.body.length === 0)
      return refuse(400, "NOT_ENCRYPTED", "A push is encrypted with aes128gcm (RFC 8291).");
    if (topic !== undefined && !/^[\w-]{1,32}$/.test(String(topic)))
      refuse(400, "TOPIC_INVALID", "A topic has at most 32 characters of base64url (RFC 8030 §5.4).");
    const kept = Math.min(seconds, longestTtlSeconds);
    const message = mailboxes.deliver(box, {
      body: request.body.toString("base64"),
      topic: topic === undefined ? undefined : String(topic),
      urgency: String(urgency),
      until: Date.now() + kept * 1_000,
    });
    await place.save();
    return reply
      .code(201)
      .headers({ location: `${place.url()}/messages/${message.id}`, ttl: String(kept) })
      .send();
  });
}

const noSubscription = (status: number): never =>
  refuse(status, "NO_SUBSCRIPTION", "There is no such subscription, or not any more.");

function refuse(status: number, error: string, message: string): never {
  throw new HttpRefusal(status, error, message, "See RFC 8030 and RFC 8292.");
}
