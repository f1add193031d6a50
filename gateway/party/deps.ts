import type { NotificationClient } from "../../client/engine/notification.ts";
import type { PublishedGeneration } from "../../protocol/own-interface.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { ProvenLimits } from "../limits/proven-limits.ts";
import type { PartyTokenDeps } from "../openid/party-token.ts";

/** Dependencies of a party's own interface. */
export interface OwnInterfaceDeps extends PartyTokenDeps {
  sealer: Sealer;
  clock: () => Date;
  limits?: Pick<ProvenLimits, "party" | "partyChange">;
  notification: Pick<NotificationClient, "transmit">;
  /** The CA's generations, oldest first, as published, and the address of OCSP. */
  authority: { generations: () => Promise<PublishedGeneration[]>; ocsp: string };
}
