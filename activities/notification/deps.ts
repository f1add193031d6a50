import type { CryptoKey } from "jose";
import type { Pool } from "pg";
import type { AnsweringDeps } from "../../domain/notification/answering.ts";
import type { NotificationDurations } from "../../domain/notification/view.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { Outbound } from "../delivery/outbound.ts";
import type { PushChannels } from "../delivery/push.ts";
import type { SetSigner } from "../delivery/security-event-token.ts";

/** Dependencies of pushing to a person's phones. */
export interface PhonesDeps {
  pool: Pool;
  sealer: Sealer;
  channels: PushChannels;
  durations: Pick<NotificationDurations, "notificationExpiryMs">;
}

/** Dependencies of a notification's activities, passed in by `workers/`. */
export interface NotificationDeps extends PhonesDeps, AnsweringDeps {
  /** Signs the person's receipts. */
  serviceKey: { kid: string; privateKey: CryptoKey };
  /** The CA's issuer name. */
  issuer: string;
  tokens: SetSigner;
  outbound: Outbound;
  durations: NotificationDurations;
}
