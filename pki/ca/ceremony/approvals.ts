import { createHash } from "node:crypto";
import * as z from "zod";
import { checkApprovals } from "../../../protocol/approval.ts";
import type { ApprovalPolicy } from "./config.ts";
import { CeremonyRefused } from "./refused.ts";

/** SHA-256 as lower-case hex, for comparing certificates and files by eye. */
export const fingerprint = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");

export const hexSha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** The record of approvals in every report. */
export const approvedRecord = {
  software: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  /** The exact text that was approved. */
  statement: z.string(),
  statementSha256: hexSha256,
  approvals: z.array(z.strictObject({ name: z.string(), kid: z.string(), approval: z.string() })),
};
const record = z.object(approvedRecord);
export type ApprovedRecord = z.infer<typeof record>;

export interface ApprovedAct {
  software: string;
  startedAt: Date;
  endedAt: Date;
  statement: string;
  approvals: ApprovedRecord["approvals"];
}

export const recordOf = (act: ApprovedAct): ApprovedRecord => ({
  software: act.software,
  startedAt: act.startedAt.toISOString(),
  endedAt: act.endedAt.toISOString(),
  statement: act.statement,
  statementSha256: fingerprint(act.statement),
  approvals: act.approvals,
});

/** The operators who approved the statement, in order. Throws {@link CeremonyRefused} if that is not enough. */
export async function approvedBy(
  statement: string,
  approvals: readonly string[],
  { operators, needed, maxAgeHours }: ApprovalPolicy,
  now: Date,
): Promise<ApprovedRecord["approvals"]> {
  const checked = await checkApprovals(statement, approvals, {
    operators,
    needed,
    now,
    maxAgeSeconds: maxAgeHours * 3600,
  });
  if (!checked.ok) throw new CeremonyRefused(checked.why);
  return checked.approvers.map((kid, index) => ({
    name: operators.find(({ jwk }) => jwk.kid === kid)?.name ?? "",
    kid,
    approval: approvals[index] ?? "",
  }));
}

/** Faults in a report's approvals, in sentences. */
export async function approvalProblems(
  report: ApprovedRecord,
  { approval, software }: { approval: ApprovalPolicy; software: string },
): Promise<string[]> {
  const { operators, needed, maxAgeHours } = approval;
  const checked = await checkApprovals(
    report.statement,
    report.approvals.map((each) => each.approval),
    { operators, needed, now: new Date(report.startedAt), maxAgeSeconds: maxAgeHours * 3600 },
  );
  if (!checked.ok) return [checked.why];
  const named = report.approvals.every(
    ({ name, kid }, index) =>
      checked.approvers[index] === kid && operators.some((one) => one.name === name && one.jwk.kid === kid),
  );
  const hashed = fingerprint(report.statement) === report.statementSha256;
  return [
    ...(named ? [] : ["The approvals are not by the operators named in the report."]),
    ...(hashed ? [] : ["The SHA-256 of the statement differs from the one in the report."]),
    ...(report.software === software ? [] : ["The statement was made by other software."]),
  ];
}
