import { createECDH, randomBytes } from "node:crypto";
import httpEce from "http_ece";
import { z } from "zod";
import { simulatorMs } from "./patience.ts";
import { SimulatorFailed } from "./simulated-card.ts";

/** How a simulated phone receives its pushes. */
export interface PushReceiver {
  /** In the form of a browser's `PushSubscription.toJSON()`. */
  subscription: { endpoint: string; keys: { p256dh: string; auth: string } };
  /** The next push, decrypted; `undefined` if none arrives in this time, 30 seconds at most. */
  next(waitSeconds: number): Promise<Buffer | undefined>;
  /** Ends the subscription: a push to it is answered 410. */
  close(): Promise<void>;
}

/** The push service's limit on waiting. */
const longestWaitSeconds = 30;

const made = z.object({ id: z.string(), endpoint: z.url(), inbox: z.url() });
const mailbox = z.object({ messages: z.array(z.looseObject({ body: z.base64() })) });

/**
 * Subscribes at the simulated push service for one sender, and generates the keys for encrypting pushes (RFC 8291 §2).
 * @param vapidPublicKey the sender's P-256 point, base64url: only this sender can push
 * @throws SimulatorFailed
 */
export async function makePushReceiver(pushService: string, vapidPublicKey: string): Promise<PushReceiver> {
  const key = createECDH("prime256v1");
  const p256dh = key.generateKeys("base64url");
  const auth = randomBytes(16).toString("base64url");
  const ask = async (url: string, init: RequestInit = {}): Promise<unknown> => {
    const response = await fetch(url, {
      ...init,
      signal: AbortSignal.timeout(longestWaitSeconds * 1_000 + simulatorMs),
    });
    if (!response.ok) throw new SimulatorFailed(`The push service answered HTTP ${response.status}.`);
    return response.status === 204 ? undefined : response.json();
  };
  const subscription = made.parse(
    await ask(`${pushService}/subscriptions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ vapidPublicKey }),
    }),
  );
  let waiting: string[] = [];
  return {
    subscription: { endpoint: subscription.endpoint, keys: { p256dh, auth } },
    async next(waitSeconds) {
      if (waiting.length === 0) {
        const wait = Math.min(waitSeconds, longestWaitSeconds);
        const { messages } = mailbox.parse(await ask(`${subscription.inbox}?wait=${wait}`));
        waiting = messages.map(({ body }) => body);
      }
      const body = waiting.shift();
      if (body === undefined) return undefined;
      return httpEce.decrypt(Buffer.from(body, "base64"), {
        version: "aes128gcm",
        privateKey: key,
        authSecret: auth,
      });
    },
    async close() {
      await ask(`${pushService}/subscriptions/${subscription.id}`, { method: "DELETE" });
    },
  };
}
