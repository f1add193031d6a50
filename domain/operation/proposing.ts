import { decodeProtectedHeader } from "jose";
import { checkApprovals } from "../../protocol/approval.ts";
import { approvalSeconds } from "../../protocol/operation.ts";
import { audit } from "../../registry/audit/lines.ts";
import { addApproval, addProposal, lockProposal } from "../../registry/console/proposals.ts";
import type { Connection } from "../../registry/database.ts";
import { Refusal } from "../refusal.ts";
import { notApproved, type OperatorRule, readStatement } from "./approving.ts";

/**
 * Stores an operation that others are to approve, in the caller's transaction.
 * @returns its id
 * @throws Refusal MALFORMED_REQUEST, OPERATION_NOT_APPROVED
 */
export async function propose(
  connection: Connection,
  { statement, proposedBy }: { statement: string; proposedBy: string },
  { issuer, now }: { issuer: string; now: Date },
): Promise<string> {
  const { id, act, record, issuer: named } = readStatement(statement);
  if (named !== issuer) throw notApproved("The operation names another CA.");
  if (!(await addProposal(connection, { id, statement, proposedBy }, now)))
    throw notApproved("An operation of this id was proposed already.");
  await audit(connection, "operation-proposed", id, { by: proposedBy, act, record });
  return id;
}

/**
 * Adds one operator's approval, in the caller's transaction. The proposer does not approve, and neither an operator nor a key
 * approves twice.
 * @returns the statement and all approvals; if they are enough, the caller carries it out
 * @throws Refusal NOT_FOUND, OPERATION_NOT_APPROVED
 */
export async function approveProposal(
  connection: Connection,
  rule: OperatorRule,
  { id, by, approval }: { id: string; by: string; approval: string },
  now: Date,
): Promise<{ statement: string; approvals: string[] }> {
  const proposal = await lockProposal(connection, id);
  if (!proposal || proposal.doneAt)
    throw new Refusal({ code: "NOT_FOUND", detail: "There is no such proposed operation." });
  const { statement, proposedBy } = proposal;
  if (proposedBy === by) throw notApproved("The operator who proposed an operation cannot approve it.");
  const one = { ...rule, needed: 1, now, maxAgeSeconds: approvalSeconds };
  const verdict = await checkApprovals(statement, [approval], one);
  if (!verdict.ok) throw notApproved(verdict.why);
  const keyId = decodeProtectedHeader(approval).kid ?? "";
  const given = proposal.approvals.map(({ jws }) => jws);
  // All approvals exist, and carrying it out failed earlier: it is repeated under the same id.
  if (given.length >= rule.needed) return { statement, approvals: given };
  if (!(await addApproval(connection, { id, operator: by, keyId, jws: approval }, now)))
    throw notApproved("This operator or this key has already approved it.");
  await audit(connection, "operation-approval-given", id, { by, key: keyId });
  return { statement, approvals: [...given, approval] };
}
