import type { Pool } from "pg";
import type { PushContent } from "../../protocol/notification.ts";
import type { Sealer } from "../../registry/sealing.ts";

/** Pushes to phones; implemented in `activities/notification/phones.ts`. False if no push service accepted the message. */
export interface CertificatePushes {
  /** Pushes to the person's phones at the party, and to the phone of `alsoTo`, whose enrolment may have ended. */
  pushToPhones(personId: string, partyId: string, content: PushContent, alsoTo: string): Promise<boolean>;
  /** Pushes to the phone of one enrolment, ended or not. */
  pushToPhone(enrolmentId: string, content: PushContent): Promise<boolean>;
}

/** Other lifecycles, through the typed Temporal client (`client/engine/`). */
export interface CertificateLifecycles {
  /** Starts the delivery of one event to its party. */
  transmit(jti: string): Promise<void>;
  /** Signals a certificate's workflow to read the registry; starts it if none runs. */
  signalCertificate(enrolmentId: string): Promise<void>;
  /** Starts a stored campaign; one that already runs continues. */
  startCampaign(campaignId: string): Promise<void>;
}

/** Publication of status: `status/due-crls.ts` and `workers/root-crls.ts`, with keys that no activity holds. */
export interface StatusPublication {
  /** Issues the CRLs that are due. */
  publishDueCrls(): Promise<{ published: readonly unknown[] }>;
  /** Renews the roots' CRLs that may be renewed without operators, and logs an alarm for others that end soon. */
  renewRootCrls(): Promise<{ renewed: readonly unknown[]; ending: readonly unknown[] }>;
}

/** Dependencies of one certificate's lifecycle. */
export interface CertificateLifeDeps extends CertificatePushes, Pick<CertificateLifecycles, "transmit"> {
  pool: Pool;
  sealer: Sealer;
  clock: () => Date;
  /** How long a certificate stays valid after its attributes have changed, milliseconds. */
  replaceWithinMs: number;
  /** Period within which the person is asked to replace it, at the certificate's own random time, milliseconds. */
  askWithinMs: number;
}

/** Dependencies of a campaign over a generation. */
export interface CampaignDeps extends Pick<CertificateLifecycles, "signalCertificate"> {
  pool: Pool;
  sealer: Sealer;
  clock: () => Date;
}

/** Dependencies of the Schedules. */
export interface CertificateScheduleDeps
  extends StatusPublication,
    Pick<CertificateLifecycles, "signalCertificate" | "startCampaign"> {
  pool: Pool;
  clock: () => Date;
}

/** Dependencies of a certificate's activities, passed in by `workers/`. */
export interface CertificateDeps extends CertificateLifeDeps, CampaignDeps, CertificateScheduleDeps {}
