import type { CryptoKey } from "jose";
import type { Pool } from "pg";
import type { Sealer } from "../../registry/sealing.ts";
import type { Outbound } from "../delivery/outbound.ts";
import type { PushChannels } from "../delivery/push.ts";
import type { SetSigner } from "../delivery/security-event-token.ts";

/** What reaching a person's phones takes. */
export interface PhonesDeps {
  pool: Pool;
  sealer: Sealer;
  channels: PushChannels;
  durations: Pick<NotificationDurations, "notificationExpiryMs">;
}

/** How long a notification waits for whom, milliseconds. */
export interface NotificationDurations {
  notificationExpiryMs: number;
  /** When the person is reminded, after the notification was opened. */
  notificationRemindersMs: number[];
  deliverWithinMs: number;
  acknowledgeWithinMs: number;
}

/** Everything the activities of a notification work with, put together in `workers/`. */
export interface NotificationDeps extends PhonesDeps {
  /** Signs the person's receipts. */
  serviceKey: { kid: string; privateKey: CryptoKey };
  /** The CA's issuer name. */
  issuer: string;
  /** Where a party fetches the values: the gateway's own address, without a slash at its end. */
  publicUrl: string;
  tokens: SetSigner;
  outbound: Outbound;
  clock: () => Date;
  durations: NotificationDurations;
}
