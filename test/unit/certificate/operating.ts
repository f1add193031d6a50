import type { Operation } from "../../../protocol/operation.ts";
import { signApproval } from "../../../protocol/sign-approval.ts";
import { issuer } from "../notification/people.ts";
import { operators, post } from "./revocation-gateway.ts";

export const statementOf = (asked: Partial<Operation> & Record<string, unknown>) =>
  JSON.stringify({
    act: "revoke",
    id: crypto.randomUUID(),
    issuer,
    record: "case-2026-0042",
    reason: "cessationOfOperation",
    ...asked,
  });
export const approvalsOf = (statement: string, who = operators) =>
  Promise.all(who.map(({ key }) => signApproval(statement, key, new Date())));
export const operate = async (asked: Parameters<typeof statementOf>[0], who = operators) => {
  const statement = statementOf(asked);
  return post("/v1/operations", { statement, approvals: await approvalsOf(statement, who) });
};
