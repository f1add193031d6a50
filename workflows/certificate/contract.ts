/**
 * The messages of the certificate lifecycle: one certificate, from its issue to its end, up to five years.
 *
 * Workflow id: `certificate/<enrolmentId>`. What happens to the certificate is decided in the registry; the lifecycle sees
 * to it that it happens in time and that the person and the party are notified.
 */
export const certificate = {
  workflowType: "certificate",
  taskQueue: "lifecycles",
  workflowId: (enrolmentId: string): string => `certificate/${enrolmentId}`,
  /** Signal: the registry knows something new of the certificate (revoked, replaced, the person's attributes changed). */
  reread: "reread",
  /** Query: what comes next, and when. */
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

/** What is done with a certificate as time passes. */
export type CertificateStep =
  | "tell-90-days"
  | "tell-30-days"
  | "tell-7-days"
  | "expire"
  /** The profile carries attributes that have changed: the person is asked to tap once more, */
  | "ask-replacement"
  /** and after a set time it is revoked, replaced or not. */
  | "revoke-stale"
  /** Its revocation takes effect: the person and the party are notified. */
  | "tell-revoked"
  /** Its phone is notified of an enrolment at another party, or asked to replace it, at the moment that was drawn for that. */
  | "tell-new-phone";

/**
 * What comes next for a certificate, by the registry; `at` is ISO 8601 UTC. `revoked`: its revocation is written and has
 * yet to take effect; `asked`: it is over, and its phone is still to be notified of another one; `over`: expired, replaced or
 * revoked.
 */
export type CertificateStanding =
  | { kind: "over" }
  | { kind: "revoked"; next: { step: "tell-revoked"; at: string } }
  | { kind: "asked"; next: { step: CertificateStep; at: string } }
  | { kind: "good"; next: { step: CertificateStep; at: string } };

/** `untold`: a notice to the person or an event to the party is still to be sent. */
export type CertificateView = CertificateStanding & { untold: boolean };

export interface CampaignInput {
  campaignId: string;
}

/** How far a campaign is: an act on every certificate of a generation. */
export interface CampaignProgress {
  isOver: boolean;
  /** Certificates dealt with so far. */
  done: number;
  /** Until the next batch, milliseconds: the pace. */
  pauseMs: number;
}

/** What the lifecycle asks of the world. Each takes ids and is safe to run again. */
export interface CertificateActivities {
  readCertificate(input: CertificateInput): Promise<CertificateView>;
  /** Does what is due, where the registry still says that it is. */
  takeCertificateStep(input: CertificateInput & { step: CertificateStep }): Promise<void>;
  /** Pushes the notices that were not sent yet, and transmits the party's event. */
  tellOfCertificate(input: CertificateInput): Promise<void>;
  /** The next batch of a campaign. */
  runCampaignBatch(input: { campaignId: string }): Promise<CampaignProgress>;
  /** Makes the CRLs that are due anew; returns how many. */
  publishStatus(): Promise<{ published: number }>;
  /**
   * Renews the CRLs of roots whose keys may be used without operators (the development setting); logs an alarm for those
   * that end soon and need a ceremony. Returns how many of each. No key and no CRL leaves the activity.
   */
  renewRootCrls(): Promise<{ renewed: number; ending: number }>;
  /** Signals the workflows that are behind, and starts those that were lost; returns how many. */
  sweepCertificates(): Promise<{ roused: number }>;
  /** Destroys what has been kept long enough; returns how many records. */
  purgeRecords(): Promise<{ purged: number }>;
}
