import webPush from "web-push";
import type { Outbound } from "./outbound.ts";
import { largestPushBytes, type PushChannel, PushFailed } from "./push.ts";
import { retryAfterOf } from "./retry-after.ts";

export interface WebPushOptions {
  vapid: {
    /** mailto: or https: address of the operator (RFC 8292 §2.1) */
    subject: string;
    publicKey: string;
    privateKey: string;
  };
  outbound: Outbound;
}

/** Web Push: encrypted to the phone (RFC 8291), signed as ours (RFC 8292), handed to its push service (RFC 8030). */
export function webPushChannel({ vapid, outbound }: WebPushOptions): PushChannel {
  return {
    async send(address, payload, { ttlSeconds, topic, urgency = "normal" }) {
      if (address.kind !== "web") throw new Error("This channel speaks Web Push only.");
      if (payload.byteLength > largestPushBytes) return { kind: "too-large" };
      const { endpoint, keys } = address;
      const request = webPush.generateRequestDetails({ endpoint, keys }, Buffer.from(payload), {
        vapidDetails: vapid,
        TTL: ttlSeconds,
        urgency,
        contentEncoding: "aes128gcm",
        ...(topic === undefined ? {} : { topic }),
      });
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      const answer = await outbound.post(request.endpoint, { headers, body: request.body });
      if (answer.status >= 200 && answer.status < 300) return { kind: "sent" };
      if (answer.status === 404 || answer.status === 410) return { kind: "gone" };
      if (answer.status === 413) return { kind: "too-large" };
      throw new PushFailed(`The push service answered HTTP ${answer.status}.`, retryAfterOf(answer.headers));
    },
  };
}
