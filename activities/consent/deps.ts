import type { ApplyingDeps } from "../../domain/consent/deps.ts";
import type { PushContent } from "../../protocol/notification.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { JLis } from "../j-lis/j-lis.ts";

/** Everything the activities of a consent work with, put together in `workers/`. */
export interface ConsentDeps extends ApplyingDeps {
  sealer: Sealer;
  jlis: Pick<JLis, "registerConsent">;
  /** Has a security event handed over to its party, by a lifecycle of its own. */
  transmit(jti: string): Promise<void>;
  /** Pushes to the person's phones, at one party or at all of them. */
  pushToPhones(personId: string, partyId: string | undefined, content: PushContent): Promise<unknown>;
}
