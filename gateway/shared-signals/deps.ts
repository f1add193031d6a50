import type { JWK } from "jose";
import type { NotificationClient } from "../../client/engine/notification.ts";
import type { SecurityEvent } from "../../registry/notification/security-events.ts";
import type { Stream } from "../../registry/notification/streams.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { ProvenLimits } from "../limits/proven-limits.ts";
import type { PartyTokenDeps } from "../openid/party-token.ts";

/** What the Shared Signals transmitter works with. */
export interface SharedSignalsDeps extends PartyTokenDeps {
  sealer: Sealer;
  limits?: Pick<ProvenLimits, "party" | "verification">;
  notification: Pick<NotificationClient, "moved" | "transmit">;
  signSet: (event: SecurityEvent, alg: Stream["alg"]) => Promise<string>;
  /** Public keys of the tokens. */
  eventKeys: readonly JWK[];
  /** Throws where the engine never sends anything to. */
  assertEndpoint: (url: string) => void;
  clock: () => Date;
}
