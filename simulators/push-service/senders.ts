import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { HttpRefusal } from "../http.ts";
import type { Mailbox, Message } from "./mailboxes.ts";
import type { PushService } from "./service.ts";
import { verifyVapid } from "./vapid.ts";

const longestTtlSeconds = 60 * 24 * 3_600;

const byId = z.object({ id: z.string() });
const faultSchema = z.strictObject({
  status: z.number().int().min(400).max(599),
  /** The number of pushes that fail; default: all. */
  times: z.number().int().min(1).max(1_000_000).optional(),
  /** Seconds. */
  retryAfter: z.number().int().min(0).max(1_000_000).optional(),
});

/** The application server's interface: RFC 8030, with senders authenticated by RFC 8292. */
export function senderRoutes(server: FastifyInstance, service: PushService): void {
  let fault: z.infer<typeof faultSchema> | undefined;
  server.post("/control/faults", async (request) => (fault = faultSchema.parse(request.body)));
  server.delete("/control/faults", async (_request, reply) => {
    fault = undefined;
    return reply.code(204).send();
  });

  // Encrypted content has no meaningful type: any is accepted.
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  server.post("/push/:id", async (request, reply) => {
    if (fault) {
      const { status, retryAfter } = fault;
      if (fault.times !== undefined && (fault.times -= 1) === 0) fault = undefined;
      if (retryAfter !== undefined) reply.header("retry-after", String(retryAfter));
      return reply.code(status).send();
    }
    const box = mailboxOf(request, service);
    await requireSender(request, box, service);
    const { ttlSeconds, ...message } = read(request);
    const { id } = service.mailboxes.deliver(box, { ...message, until: Date.now() + ttlSeconds * 1_000 });
    await service.save();
    const headers = { location: `${service.url()}/messages/${id}`, ttl: String(ttlSeconds) };
    return reply.code(201).headers(headers).send();
  });
}

function mailboxOf({ params }: FastifyRequest, { mailboxes }: PushService): Mailbox {
  const { id } = byId.parse(params);
  const box = mailboxes.find(id);
  if (box) return box;
  if (mailboxes.wasClosed(id)) throw refusal(410, "GONE", "The phone ended this subscription.");
  throw refusal(404, "NO_SUBSCRIPTION", "There is no such subscription.");
}

async function requireSender({ headers }: FastifyRequest, box: Mailbox, service: PushService): Promise<void> {
  const sender = await verifyVapid(headers.authorization, new URL(service.url()).origin);
  if (sender === undefined)
    throw refusal(401, "VAPID_INVALID", "The sender is not authenticated by its key (RFC 8292 §2).", {
      "www-authenticate": "vapid",
    });
  if (box.vapidPublicKey !== undefined && sender !== box.vapidPublicKey)
    throw refusal(403, "OTHER_SENDER", "The phone subscribed to another sender (RFC 8292 §4.2).");
}

/** The message, with its time to live. */
function read({ headers, body }: FastifyRequest): Omit<Message, "id" | "until"> & { ttlSeconds: number } {
  const { ttl, topic, urgency = "normal", "content-encoding": encoding } = headers;
  if (typeof ttl !== "string" || !/^\d{1,10}$/.test(ttl))
    throw refusal(400, "TTL_MISSING", "TTL in seconds is required (RFC 8030 §5.2).");
  if (encoding !== "aes128gcm" || !Buffer.isBuffer(body) || body.length === 0)
    throw refusal(400, "NOT_ENCRYPTED", "A push is encrypted with aes128gcm (RFC 8291 §4).");
  if (topic !== undefined && (typeof topic !== "string" || !/^[\w-]{1,32}$/.test(topic)))
    throw refusal(400, "TOPIC_INVALID", "A topic is at most 32 characters of base64url (RFC 8030 §5.4).");
  if (typeof urgency !== "string" || !/^(?:very-low|low|normal|high)$/.test(urgency))
    throw refusal(400, "URGENCY_INVALID", "Urgency is very-low, low, normal or high (RFC 8030 §5.3).");
  const ttlSeconds = Math.min(Number(ttl), longestTtlSeconds);
  return { body: body.toString("base64"), topic, urgency, ttlSeconds };
}

const refusal = (status: number, error: string, message: string, headers: Record<string, string> = {}) =>
  new HttpRefusal(status, error, message, "See RFC 8030 and RFC 8292.", headers);
