import type { ApplyingDeps, StartChange } from "../../domain/consent/deps.ts";
import type { PushContent } from "../../protocol/notification.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { JLis } from "../j-lis/j-lis.ts";

/** Pushes to phones; implemented in `activities/notification/phones.ts`. */
export interface ConsentPushes {
  /** Pushes to the person's phones, at one party or at all of them. */
  pushToPhones(personId: string, partyId: string | undefined, content: PushContent): Promise<unknown>;
}

/** Delivery of events, through the typed Temporal client (`client/engine/notification.ts`). */
export interface EventDelivery {
  /** Starts a workflow that delivers a security event to its party. */
  transmit(jti: string): Promise<void>;
}

/** Consent workflows, through the typed Temporal client (`client/engine/consent.ts`). */
export interface ConsentLifecycles {
  startChange: StartChange;
  /** Signals to a consent's workflow that the attribute record has this version. */
  signalConsent(consentId: string, version: number): Promise<void>;
  /** Signals a consent's workflow to read its row again; starts it if none runs. */
  rereadConsent(consentId: string): Promise<void>;
}

/** Dependencies of a consent's activities, passed in by `workers/`. */
export interface ConsentDeps extends ApplyingDeps, ConsentPushes, EventDelivery {
  sealer: Sealer;
  jlis: Pick<JLis, "registerConsent">;
}
