import type { RefusalCode } from "../../protocol/refusals.ts";

/**
 * The messages of the issuance lifecycle. Ids only: the content is in the registry.
 *
 * Workflow id: `issuance/<enrolmentId>`. Ends when the certificate is issued, when the code is locked, or at the challenge's
 * expiry.
 */
export const issuance = {
  workflowType: "issuance",
  taskQueue: "issuance",
  workflowId: (enrolmentId: string): string => `issuance/${enrolmentId}`,
  apply: "apply",
  activate: "activate",
  state: "state",
  sweepWorkflowType: "issuanceSweep",
  sweepSchedule: "issuance-sweep",
} as const;

/** The enrolment, and the deadline. */
export interface IssuanceInput {
  enrolmentId: string;
  /** The challenge's expiry, ISO 8601 UTC. */
  expiresAt: string;
}

/** The application. */
export interface ApplyInput {
  /** The sealed evidence of the application, in the registry. */
  evidenceId: string;
}

/** The activation. */
export interface ActivateInput {
  /** The activation (certificate request and MAC of the code), in the registry. */
  activationId: string;
}

/** An application or activation that was refused, and why. */
export interface IssuanceRefusal {
  kind: "refused";
  code: RefusalCode;
  detail: string;
  triesLeft?: number;
}

export type ApplyOutcome = { kind: "applied" } | IssuanceRefusal;
export type ActivateOutcome = { kind: "issued"; certificateId: string } | IssuanceRefusal;

export type IssuanceStep = "waiting" | "applied" | "refused" | "issued" | "locked" | "expired";

/** The activities of the lifecycle. Each takes ids and is idempotent. */
export interface IssuanceActivities {
  /** Claims the challenge, examines what the card signed, and asks the issuer for the certificate's status. */
  verifyCard(input: ApplyInput): Promise<VerifyCardOutcome>;
  /** Asks J-LIS which earlier certificates the card's certificate succeeds, to recognise the person. */
  linkCard(input: ApplyInput): Promise<void>;
  /** Recognises the person, writes the enrolment, creates the activation code once. */
  admit(input: ApplyInput): Promise<ApplyOutcome>;
  /** Checks the code and issues the certificate, write-ahead. */
  issue(input: ActivateInput): Promise<ActivateOutcome>;
  /** Records that an application ended without a certificate. */
  endIssuance(input: { enrolmentId: string; why: "locked" | "expired" }): Promise<void>;
}

export type VerifyCardOutcome = { kind: "verified"; askLinkage: boolean } | IssuanceRefusal;

/** The activities of the sweep. */
export interface RetentionActivities {
  /** Deletes evidence that no application claimed within 24 hours; returns how many pieces. */
  endUnclaimedEvidence(): Promise<number>;
}
