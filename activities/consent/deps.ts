import type { ApplyingDeps, StartChange } from "../../domain/consent/deps.ts";
import type { PushContent } from "../../protocol/notification.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { JLis } from "../j-lis/j-lis.ts";

/** Reaching phones; `activities/notification/phones.ts`. */
export interface ConsentPushes {
  /** Pushes to the person's phones, at one party or at all of them. */
  pushToPhones(personId: string, partyId: string | undefined, content: PushContent): Promise<unknown>;
}

/** Events on their way; the typed Temporal client (`client/engine/notification.ts`). */
export interface EventDelivery {
  /** Has a security event handed over to its party, by a lifecycle of its own. */
  transmit(jti: string): Promise<void>;
}

/** The lifecycles of consents; the typed Temporal client (`client/engine/consent.ts`). */
export interface ConsentLifecycles {
  startChange: StartChange;
  /** Says to a consent's lifecycle that the attribute record has this version. */
  signalConsent(consentId: string, version: number): Promise<void>;
  /** Has a consent's lifecycle read its row again, and start where none runs. */
  rereadConsent(consentId: string): Promise<void>;
}

/** Everything the activities of a consent work with, put together in `workers/`. */
export interface ConsentDeps extends ApplyingDeps, ConsentPushes, EventDelivery {
  sealer: Sealer;
  jlis: Pick<JLis, "registerConsent">;
}
