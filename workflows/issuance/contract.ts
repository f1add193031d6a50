import type { RefusalCode } from "../../protocol/refusals.ts";

/**
 * The messages of the issuance lifecycle. Ids only: what they stand for is in the registry.
 *
 * Workflow id: `issuance/<enrolmentId>`. Ends itself when the certificate is issued, when the code is locked,
 * or at the challenge's expiry.
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

/** Which enrolment, and until when. */
export interface IssuanceInput {
  enrolmentId: string;
  /** The challenge's expiry, ISO 8601 UTC. */
  expiresAt: string;
}

/** Which application. */
export interface ApplyInput {
  /** The sealed evidence of the application, in the registry. */
  evidenceId: string;
}

/** Which activation. */
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

/** What the lifecycle asks of the world. Each takes ids and is safe to run again. */
export interface IssuanceActivities {
  /** Claims the challenge, examines what the card signed, and asks the issuer for the certificate's status. */
  verifyCard(input: ApplyInput): Promise<VerifyCardOutcome>;
  /** Asks J-LIS which earlier certificates the card's certificate follows, to recognise the person. */
  linkCard(input: ApplyInput): Promise<void>;
  /** Recognises the person, writes the enrolment, makes the activation code once. */
  admit(input: ApplyInput): Promise<ApplyOutcome>;
  /** Checks the code and issues the certificate, write-ahead. */
  issue(input: ActivateInput): Promise<ActivateOutcome>;
  /** Writes down that an application ended without a certificate. */
  endIssuance(input: { enrolmentId: string; why: "locked" | "expired" }): Promise<void>;
}

export type VerifyCardOutcome = { kind: "verified"; askLinkage: boolean } | IssuanceRefusal;

/** What the sweep asks of the world. */
export interface RetentionActivities {
  /** Ends evidence that no application claimed within 24 hours; returns how many pieces. */
  endUnclaimedEvidence(): Promise<number>;
}
