import { algorithmName } from "../algorithm.ts";
import type { Certificate } from "../certificate.ts";
import { purposes } from "../usage.ts";
import { caName, pathFacts } from "./facts.ts";
import { failure, type PathFailure } from "./failure.ts";

export interface OwnQuestion {
  at: Date;
  purpose?: string;
}

/**
 * What makes a certificate useless in its place of a path whatever the others are. Of an anchor, the signature (and what
 * it is made with) does not count; of the signer, whether it is a CA's.
 */
export function ownFault(
  certificate: Certificate,
  place: "signer" | "ca" | "anchor",
  { at, purpose }: OwnQuestion,
): PathFailure | undefined {
  const { fault, issuerFault, purposes: named } = pathFacts(certificate);
  if (fault) return fault;
  const what = place === "signer" ? "The signer's certificate" : `The certificate of ${caName(certificate)}`;
  if (place !== "signer" && issuerFault) return issuerFault;
  const outside = outsideValidity(certificate, at, what);
  if (outside || place === "anchor") return outside;
  if (!certificate.scheme)
    return failure(
      "weak-algorithm",
      `${what} is signed with ${algorithmName(certificate.signatureAlgorithm)}, which is not accepted.`,
    );
  if (purpose && named && !named.includes(purpose) && !named.includes(purposes.any))
    return failure("purpose", `${what} is not for the purpose ${purpose}.`);
  return undefined;
}

/** RFC 5280 §6.1.3 (a)(2): both ends belong to the validity. */
function outsideValidity(
  { notBefore, notAfter }: Certificate,
  at: Date,
  what: string,
): PathFailure | undefined {
  if (at < notBefore)
    return failure(
      "not-yet-valid",
      `${what} is valid from ${notBefore.toISOString()}, which is after ${at.toISOString()}.`,
    );
  // Written so that a moment that is no date is refused too.
  if (!(at <= notAfter))
    return failure(
      "expired",
      `${what} was valid until ${notAfter.toISOString()}, before the moment asked for.`,
    );
  return undefined;
}
