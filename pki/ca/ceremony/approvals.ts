import { createHash } from "node:crypto";
import * as z from "zod";
import { checkApprovals } from "../../../protocol/approval.ts";
import type { ApprovalPolicy } from "./config.ts";
import { CeremonyRefused } from "./refused.ts";

/** SHA-256 as lower-case hex: how certificates and files are compared by eye. */
export const fingerprint = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");

export const hexSha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What every report says of how its act was approved. */
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

/** Who approved the statement, in the order of the approvals. Throws {@link CeremonyRefused} where that is not enough. */
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

/** What is wrong with the approvals in a report, in sentences. */
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
    ...(named ? [] : ["The approvals are by others than the report says."]),
    ...(hashed ? [] : ["The statement has another SHA-256 than the report says."]),
    ...(report.software === software ? [] : ["The statement is of other software."]),
  ];
}
