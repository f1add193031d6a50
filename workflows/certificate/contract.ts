/**
 * The messages of the certificate lifecycle: one certificate, from its issue to its end, up to five years.
 *
 * Workflow id: `certificate/<enrolmentId>`. The registry decides what happens to the certificate; the workflow carries it out
 * in time and notifies the person and the party.
 */
export const certificate = {
  workflowType: "certificate",
  taskQueue: "lifecycles",
  workflowId: (enrolmentId: string): string => `certificate/${enrolmentId}`,
  /** Signal: the registry has changed for the certificate (revoked, replaced, the person's attributes changed). */
  reread: "reread",
  /** Query: the next step, and its time. */
  state: "state",
  campaignWorkflowType: "certificateCampaign",
  campaignWorkflowId: (campaignId: string): string => `certificate-campaign/${campaignId}`,
  publicationWorkflowType: "statusPublication",
  publicationSchedule: "status-publication",
  rootCrlWorkflowType: "rootCrlRenewal",
  rootCrlSchedule: "root-crl-renewal",
  sweepWorkflowType: "certificateSweep",
  sweepSchedule: "certificate-sweep",
  purgeWorkflowType: "recordsPurge",
  purgeSchedule: "records-purge",
} as const;

export interface CertificateInput {
  enrolmentId: string;
}

/** The steps of a certificate over time. */
export type CertificateStep =
  | "tell-90-days"
  | "tell-30-days"
  | "tell-7-days"
  | "expire"
  /** The certificate has attributes that have changed: the person is asked to tap once more. */
  | "ask-replacement"
  /** It is revoked after a set time, replaced or not. */
  | "revoke-stale"
  /** Its revocation takes effect: the person and the party are notified. */
  | "tell-revoked"
  /** Its phone is notified of an enrolment at another party, or asked to replace it, at its random time. */
  | "tell-new-phone";

/**
 * The next step of a certificate, according to the registry; `at` is ISO 8601 UTC. `revoked`: its revocation is stored and has
 * not taken effect yet; `asked`: it has ended, and its phone is still to be notified of another one; `over`: expired, replaced
 * or revoked.
 */
export type CertificateStanding =
  | { kind: "over" }
  | { kind: "revoked"; next: { step: "tell-revoked"; at: string } }
  | { kind: "asked"; next: { step: CertificateStep; at: string } }
  | { kind: "good"; next: { step: CertificateStep; at: string } };

/** `untold`: a notice to the person or an event to the party is not sent yet. */
export type CertificateView = CertificateStanding & { untold: boolean };

export interface CampaignInput {
  campaignId: string;
}

/** The progress of a campaign: an act on every certificate of a generation. */
export interface CampaignProgress {
  isOver: boolean;
  /** Certificates processed so far. */
  done: number;
  /** Time until the next batch, milliseconds. */
  pauseMs: number;
}

/** The activities of the lifecycle. Each takes ids and is idempotent. */
export interface CertificateActivities {
  readCertificate(input: CertificateInput): Promise<CertificateView>;
  /** Carries out a step if the registry still says that it is due. */
  takeCertificateStep(input: CertificateInput & { step: CertificateStep }): Promise<void>;
  /** Pushes unsent notices, and transmits the party's event. */
  tellOfCertificate(input: CertificateInput): Promise<void>;
  /** The next batch of a campaign. */
  runCampaignBatch(input: { campaignId: string }): Promise<CampaignProgress>;
  /** Issues the CRLs that are due; returns how many. */
  publishStatus(): Promise<{ published: number }>;
  /**
   * Renews the CRLs of roots whose keys may be used without operators (the development setting); logs an alarm for those that
   * end soon and require a ceremony. Returns how many of each. No key and no CRL leaves the activity.
   */
  renewRootCrls(): Promise<{ renewed: number; ending: number }>;
  /** Signals the workflows that are behind, and starts those that were lost; returns how many. */
  sweepCertificates(): Promise<{ roused: number }>;
  /** Destroys records whose retention period is over; returns how many. */
  purgeRecords(): Promise<{ purged: number }>;
}
