import { checkApprovals, type OperatorKey } from "../../protocol/approval.ts";
import { approvalSeconds, type Operation, operation } from "../../protocol/operation.ts";
import { malformed, Refusal } from "../refusal.ts";

/** Who may approve, and the number of approvals required. */
export interface OperatorRule {
  operators: readonly OperatorKey[];
  needed: number;
}

/** An approved operation, and who approved it. */
export interface Approved {
  approvers: string[];
  statement: string;
  approvals: string[];
}

/** The rules for approving an operation. */
export interface ApprovalRules {
  /** `undefined` if no operators are configured: nobody may approve. */
  operatorRule: OperatorRule | undefined;
  /** The CA's issuer name: an approval is valid for one CA only. */
  issuer: string;
  now: Date;
}

/**
 * Whether enough operators have approved this exact text, and which operation it is.
 * @throws Refusal OPERATION_NOT_APPROVED, MALFORMED_REQUEST
 */
export async function requireApproval(
  { operatorRule, issuer, now }: ApprovalRules,
  statement: string,
  approvals: readonly string[],
): Promise<{ asked: Operation; approvers: string[] }> {
  const rule = { ...requireOperators(operatorRule), now, maxAgeSeconds: approvalSeconds };
  const verdict = await checkApprovals(statement, approvals, rule);
  if (!verdict.ok) throw notApproved(verdict.why);
  const asked = readStatement(statement);
  if (asked.issuer !== issuer) throw notApproved("The operation was approved for another CA.");
  return { asked, approvers: verdict.approvers };
}

/** @throws Refusal OPERATION_NOT_APPROVED where no operators are configured */
export function requireOperators(rule: OperatorRule | undefined): OperatorRule {
  if (rule) return rule;
  throw notApproved("This CA has no operators configured: nobody may do this here.");
}

/** The operation in a statement. @throws Refusal MALFORMED_REQUEST */
export function readStatement(statement: string): Operation {
  const read = operation.safeParse(json(statement));
  if (!read.success) throw malformed("The statement is not an operation", read.error);
  return read.data;
}

export const notApproved = (detail: string): Refusal =>
  new Refusal({ code: "OPERATION_NOT_APPROVED", detail });

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
