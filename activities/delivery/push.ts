import type { PushAddress } from "../../protocol/notification.ts";

export interface PushOptions {
  /** How long the push service keeps it for a phone that is away (RFC 8030 §5.2). */
  ttlSeconds: number;
  /** At most 32 characters of base64url: a later message takes the place of one of the same topic (RFC 8030 §5.4). */
  topic?: string;
  urgency?: "normal" | "high";
}

export type PushOutcome =
  | { kind: "sent" }
  /** The push service no longer knows the phone, or nothing can be encrypted to it: forget it. */
  | { kind: "gone" }
  | { kind: "too-large" };

/** The push service will take it later, if at all. */
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
  /** Sends at most 2 KiB, ids only. @throws PushFailed where another try may help */
  send(address: PushAddress, payload: Uint8Array, options: PushOptions): Promise<PushOutcome>;
}

/** The push services this installation can speak to. A phone of another kind finds everything in its inbox. */
export type PushChannels = Partial<Record<PushAddress["kind"], PushChannel>>;

export const largestPushBytes = 2_048;
