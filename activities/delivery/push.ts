import type { PushAddress } from "../../protocol/notification.ts";

export interface PushOptions {
  /** How long the push service keeps the message for an offline phone (RFC 8030 §5.2). */
  ttlSeconds: number;
  /** At most 32 characters of base64url: a later message replaces one of the same topic (RFC 8030 §5.4). */
  topic?: string;
  urgency?: "normal" | "high";
}

export type PushOutcome =
  | { kind: "sent" }
  /** The push service no longer knows the phone, or its key is unusable: delete the subscription. */
  | { kind: "gone" }
  | { kind: "too-large" };

/** The push service did not accept the message now; a retry may succeed. */
export class PushFailed extends Error {
  override name = "PushFailed";
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** One kind of push service. */
export interface PushChannel {
  /** Sends at most 2 KiB, ids only. @throws PushFailed if a retry may succeed */
  send(address: PushAddress, payload: Uint8Array, options: PushOptions): Promise<PushOutcome>;
}

/** The configured push services. A phone of another kind finds everything in its inbox. */
export type PushChannels = Partial<Record<PushAddress["kind"], PushChannel>>;

export const largestPushBytes = 2_048;
