import webPush, { type RequestDetails } from "web-push";
import type { PushAddress } from "../../protocol/notification.ts";
import type { Outbound } from "./outbound.ts";
import { largestPushBytes, type PushChannel, PushFailed, type PushOptions } from "./push.ts";
import { retryAfterOf } from "./retry-after.ts";

export interface Vapid {
  /** mailto: or https: address of the operator (RFC 8292 §2.1) */
  subject: string;
  /** The P-256 public point and the private scalar, base64url. */
  publicKey: string;
  privateKey: string;
}

export interface WebPushOptions {
  vapid: Vapid;
  outbound: Outbound;
}

type WebAddress = Extract<PushAddress, { kind: "web" }>;

/** Web Push: encrypted to the phone (RFC 8291), signed with VAPID (RFC 8292), sent to its push service (RFC 8030). */
export function webPushChannel({ vapid, outbound }: WebPushOptions): PushChannel {
  return {
    async send(address, payload, options) {
      if (address.kind !== "web") throw new TypeError("This channel supports Web Push only.");
      if (payload.byteLength > largestPushBytes) return { kind: "too-large" };
      const request = requestFor(address, payload, vapid, options);
      if (!request) return { kind: "gone" };
      const answer = await outbound.post(request.endpoint, { headers: request.headers, body: request.body });
      if (answer.status >= 200 && answer.status < 300) return { kind: "sent" };
      if (answer.status === 404 || answer.status === 410) return { kind: "gone" };
      if (answer.status === 413) return { kind: "too-large" };
      throw new PushFailed(`The push service answered HTTP ${answer.status}.`, retryAfterOf(answer.headers));
    },
  };
}

/** The encrypted request; `undefined` if the phone's key is not a point on the curve: nothing can be encrypted to it. */
function requestFor(
  { endpoint, keys }: WebAddress,
  payload: Uint8Array,
  vapidDetails: Vapid,
  { ttlSeconds, topic, urgency = "normal" }: PushOptions,
): (RequestDetails & { body: Buffer }) | undefined {
  // The library copies the audience from the URL text: a default port would be included.
  const subscription = { endpoint: new URL(endpoint).href, keys };
  try {
    return webPush.generateRequestDetails(subscription, Buffer.from(payload), {
      vapidDetails,
      TTL: ttlSeconds,
      urgency,
      contentEncoding: "aes128gcm",
      ...(topic === undefined ? {} : { topic }),
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY") return undefined;
    throw error;
  }
}
