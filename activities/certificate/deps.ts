import type { Pool } from "pg";
import type { PushContent } from "../../protocol/notification.ts";
import type { Sealer } from "../../registry/sealing.ts";

/** Reaching phones; `activities/notification/phones.ts`. False where no push service took it. */
export interface CertificatePushes {
  /** Pushes to the person's phones at the party, and to that of `alsoTo`, whose enrolment may have ended. */
  pushToPhones(personId: string, partyId: string, content: PushContent, alsoTo: string): Promise<boolean>;
  /** Pushes to the phone of one enrolment, ended or not. */
  pushToPhone(enrolmentId: string, content: PushContent): Promise<boolean>;
}

/** Other lifecycles; the typed Temporal client (`client/engine/`). */
export interface CertificateLifecycles {
  /** Hands one event over to its party. */
  transmit(jti: string): Promise<void>;
  /** Has the lifecycle of a certificate read the registry; starts it where none runs. */
  signalCertificate(enrolmentId: string): Promise<void>;
  /** Starts a campaign that is stored; one that runs already goes on. */
  startCampaign(campaignId: string): Promise<void>;
}

/** Publication of status; `status/due-crls.ts` and `workers/root-crls.ts`, with keys that no activity holds. */
export interface StatusPublication {
  /** Makes the CRLs that are due anew. */
  publishDueCrls(): Promise<{ published: readonly unknown[] }>;
  /** Renews the roots' CRLs that may be renewed without operators, and says loudly which others end soon. */
  renewRootCrls(): Promise<{ renewed: readonly unknown[]; ending: readonly unknown[] }>;
}

/** What one certificate's life works with. */
export interface CertificateLifeDeps extends CertificatePushes, Pick<CertificateLifecycles, "transmit"> {
  pool: Pool;
  sealer: Sealer;
  clock: () => Date;
  /** How long a certificate whose attributes have changed counts at most, milliseconds. */
  replaceWithinMs: number;
  /** Within how long the person is asked to replace it, milliseconds, at a moment of that certificate. */
  askWithinMs: number;
}

/** What a campaign over a generation works with. */
export interface CampaignDeps extends Pick<CertificateLifecycles, "signalCertificate"> {
  pool: Pool;
  sealer: Sealer;
  clock: () => Date;
}

/** What the Schedules work with. */
export interface CertificateScheduleDeps
  extends StatusPublication,
    Pick<CertificateLifecycles, "signalCertificate" | "startCampaign"> {
  pool: Pool;
  clock: () => Date;
}

/** What the activities of a certificate work with, put together in `workers/`. */
export interface CertificateDeps extends CertificateLifeDeps, CampaignDeps, CertificateScheduleDeps {}
