import type { Certificate } from "../certificate.ts";
import type { Verifying } from "../signature.ts";
import { candidatesOf } from "./candidates.ts";
import { failure } from "./failure.ts";
import { Budget, LimitReached } from "./limits.ts";
import { ownFault } from "./own-fault.ts";
import type { PathQuestion, PathResult } from "./question.ts";
import { Search } from "./search.ts";

/**
 * Finds a valid certification path from the signer's certificate to a trust anchor (RFC 5280 §6.1, with policies after RFC
 * 9618). The validated certificate is always `signer`: the first element of the path is this object. The caller checks its
 * keyUsage, extKeyUsage (except `purpose`) and names, and revocation (`accept`).
 *
 * If no path is valid, the failure is that of the attempt that came nearest to a trust anchor.
 *
 * @example
 * const result = runSync(findPath(signer, { anchors, intermediates, at: new Date() }), verifyWithNode);
 * if (!result.ok) throw new Refused(result.code, result.detail);
 */
export function* findPath(signer: Certificate, question: PathQuestion): Verifying<PathResult> {
  const budget = new Budget(question.limits);
  const { anchors, intermediates } = question;
  if (intermediates.length > budget.limits.intermediates)
    return failure(
      "too-many-certificates",
      `${intermediates.length} certificates were given to find a path; ${budget.limits.intermediates} are allowed.`,
    );
  const fault = ownFault(signer, "signer", question);
  if (fault) return fault;
  try {
    return yield* new Search(candidatesOf(anchors, intermediates), question, budget).from(signer);
  } catch (error) {
    if (error instanceof LimitReached) return error.failure;
    throw error;
  }
}
