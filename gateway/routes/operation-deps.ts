import type { Pool } from "pg";
import type { CertificateClient } from "../../client/engine/certificate.ts";
import type { ConsentClient } from "../../client/engine/consent.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { OperatorKey } from "../../protocol/approval.ts";
import type { Sealer } from "../../registry/sealing.ts";

/** Who may approve, and how many it takes. */
export interface OperatorRule {
  operators: readonly OperatorKey[];
  needed: number;
}

/** What the acts of operators work with. */
export interface OperationDeps {
  pool: Pool;
  sealer: Sealer;
  issuer: string;
  clock: () => Date;
  certificate: Pick<CertificateClient, "reread" | "startCampaign">;
  consent: Pick<ConsentClient, "change">;
  /** How long a change of a consent is waited for, milliseconds. */
  answerMs: number;
  log: { warn(fields: object, message: string): void };
  /** `undefined` where no operators are configured: then nobody may. */
  operatorRule: OperatorRule | undefined;
}

/** An operation as it was approved, and by whom. */
export interface Approved {
  approvers: string[];
  statement: string;
  approvals: string[];
}

export const noEnrolment = (): never => {
  throw new Refusal({ code: "NOT_FOUND", detail: "There is no enrolment of this id." });
};

export const notApproved = (detail: string) => new Refusal({ code: "OPERATION_NOT_APPROVED", detail });
