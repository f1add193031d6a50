import { calculateJwkThumbprint, decodeProtectedHeader, errors as joseErrors, jwtVerify } from "jose";
import * as z from "zod";
import { base64urlExactly, digest, sha256, utf8 } from "./encoding.ts";
import { labels } from "./labels.ts";

const coordinate = base64urlExactly(32);

/** An operator who may approve: a P-256 key and the operator's name. The `kid` is the key's thumbprint (RFC 7638). */
export const operatorKey = z.strictObject({
  name: z.string().min(1).max(64),
  jwk: z.strictObject({
    kty: z.literal("EC"),
    crv: z.literal("P-256"),
    x: coordinate,
    y: coordinate,
    kid: z.string().length(43),
  }),
});
export type OperatorKey = z.infer<typeof operatorKey>;

/**
 * What is wrong with a list of operators, in a sentence: a `kid` that is not its key's thumbprint, or a repeated key. One key
 * under two ids or names could approve as two people.
 */
export async function operatorsFault(operators: readonly OperatorKey[]): Promise<string | undefined> {
  const seen = new Set<string>();
  for (const { name, jwk } of operators) {
    if ((await calculateJwkThumbprint(jwk)) !== jwk.kid)
      return `The kid of ${name} is not the thumbprint of the key; copy both again.`;
    if (seen.has(jwk.kid)) return `The key of ${name} is listed twice.`;
    seen.add(jwk.kid);
  }
  return undefined;
}

/** The claims of an approval: it approves the statement with this SHA-256, which describes the act. */
const approvalClaims = z.object({ iat: z.number().int(), statement: digest });

/** Tolerance for the clock of an operator's machine, seconds. */
const clockSkewSeconds = 60;

/** Who may approve, the number of approvals required, and their maximum age. */
export interface ApprovalRule {
  operators: readonly OperatorKey[];
  /** The number of different operators required. */
  needed: number;
  now: Date;
  maxAgeSeconds: number;
}

/**
 * Whether enough different operators have recently approved this exact statement. One invalid approval refuses all of them: it
 * is a mistake or an attack.
 * @returns the key ids of the approvers, or why it is not approved, in a sentence
 */
export async function checkApprovals(
  statement: string,
  approvals: readonly string[],
  rule: ApprovalRule,
): Promise<{ ok: true; approvers: string[] } | { ok: false; why: string }> {
  const fault = await operatorsFault(rule.operators);
  if (fault !== undefined) return refused(fault);
  const expected = await sha256(utf8(statement));
  const approvers = new Set<string>();
  for (const approval of approvals) {
    const read = await readApproval(approval, rule);
    if ("why" in read) return { ok: false, why: read.why };
    const { operator, statement: approved } = read;
    if (approved !== expected) return refused(`${operator.name} approved another statement than this one.`);
    if (approvers.has(operator.jwk.kid)) return refused(`${operator.name} approved twice; it counts once.`);
    approvers.add(operator.jwk.kid);
  }
  if (approvers.size < rule.needed)
    return refused(`It takes ${rule.needed} operators, and ${approvers.size} approved.`);
  return { ok: true, approvers: [...approvers] };
}

async function readApproval(
  approval: string,
  { operators, now, maxAgeSeconds }: ApprovalRule,
): Promise<{ operator: OperatorKey; statement: string } | { why: string }> {
  const operator = operators.find(({ jwk }) => jwk.kid === kidOf(approval));
  if (!operator) return { why: "The key of an approval is not an operator's." };
  try {
    const { payload } = await jwtVerify(approval, operator.jwk, {
      algorithms: ["ES256"],
      typ: labels.approval,
      currentDate: now,
      clockTolerance: clockSkewSeconds,
      maxTokenAge: maxAgeSeconds,
    });
    return { operator, statement: approvalClaims.parse(payload).statement };
  } catch (error) {
    const forged = error instanceof joseErrors.JWSSignatureVerificationFailed;
    const why = forged ? "does not verify" : "is too old, from the future, or not an approval";
    return { why: `The approval of ${operator.name} ${why}.` };
  }
}

function kidOf(approval: string): string | undefined {
  try {
    return decodeProtectedHeader(approval).kid;
  } catch {
    return undefined;
  }
}

const refused = (why: string): { ok: false; why: string } => ({ ok: false, why });
