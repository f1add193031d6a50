import type { JWK } from "jose";
import type { NotificationClient } from "../../client/engine/notification.ts";
import type { SecurityEvent } from "../../registry/notification/security-events.ts";
import type { Stream } from "../../registry/notification/streams.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { EndpointRule } from "../endpoints.ts";
import type { ProvenLimits } from "../limits/proven-limits.ts";
import type { PartyTokenDeps } from "../openid/party-token.ts";

/** Signs Security Event Tokens in the key store; `workers/gateway-parts.ts` builds it from `activities/delivery/`. */
export interface EventSigner {
  signSet: (
    event: SecurityEvent,
    stream: Pick<Stream, "id" | "alg" | "subjectFormat" | "subjectIssuer">,
  ) => Promise<string>;
}

/** Dependencies of the Shared Signals transmitter. */
export interface SharedSignalsDeps extends PartyTokenDeps, EventSigner, EndpointRule {
  sealer: Sealer;
  limits?: Pick<ProvenLimits, "party" | "verification">;
  notification: Pick<NotificationClient, "moved" | "transmit">;
  /** Public keys of the event signatures. */
  eventKeys: readonly JWK[];
  clock: () => Date;
}
