import { algorithmName } from "../algorithm.ts";
import type { Certificate } from "../certificate.ts";
import { keyUsageBits, purposes } from "../usage.ts";
import { caName, type PathFacts, pathFacts } from "./facts.ts";
import { failure, type PathFailure } from "./failure.ts";

export interface OwnQuestion {
  at: Date;
  purpose?: string;
}

/**
 * Why a certificate is invalid in its place of a path, whatever the others are. For a trust anchor the signature and its
 * algorithm are not checked; for the signer, whether it is a CA's.
 */
export function ownFault(
  certificate: Certificate,
  place: "signer" | "ca" | "anchor",
  { at, purpose }: OwnQuestion,
): PathFailure | undefined {
  const facts = pathFacts(certificate);
  const named = facts.purposes;
  if (facts.fault) return facts.fault;
  const notIssuer = place === "signer" ? undefined : issuerFault(certificate, facts);
  if (notIssuer) return notIssuer;
  const what = () =>
    place === "signer" ? "The signer's certificate" : `The certificate of ${caName(certificate)}`;
  const outside = outsideValidity(certificate, at, what);
  if (outside || place === "anchor") return outside;
  if (!certificate.scheme)
    return failure(
      "weak-algorithm",
      `${what()} is signed with ${algorithmName(certificate.signatureAlgorithm)}, which is not accepted.`,
    );
  if (purpose && named && !named.includes(purpose) && !named.includes(purposes.any))
    return failure("purpose", `${what()} is not for the purpose ${purpose}.`);
  return undefined;
}

/** RFC 5280 §6.1.4 (k) and (n). A certificate before version 3 cannot be a CA's. */
function issuerFault(certificate: Certificate, { cA, usage }: PathFacts): PathFailure | undefined {
  // Omit its name, which may be a person's.
  if (!cA) return failure("not-a-ca", "A certificate in the place of an issuer is not a CA's.");
  if (usage !== undefined && (usage & keyUsageBits.keyCertSign) === 0)
    return failure("key-usage", `The key of ${caName(certificate)} may not sign certificates.`);
  if (certificate.subject.rdns.length === 0) return failure("malformed", "A CA has no name.");
  return undefined;
}

/**
 * RFC 5280 §6.1.3 (a)(2). Validity has whole seconds and includes both ends (§4.1.2.5): any time within the second of notAfter
 * is valid.
 */
function outsideValidity(
  { notBefore, notAfter }: Certificate,
  at: Date,
  what: () => string,
): PathFailure | undefined {
  const second = Math.floor(at.getTime() / 1_000) * 1_000;
  if (second < notBefore.getTime())
    return failure(
      "not-yet-valid",
      `${what()} is valid from ${notBefore.toISOString()}, which is after ${at.toISOString()}.`,
    );
  // Written so that an invalid date is refused too.
  if (!(second <= notAfter.getTime()))
    return failure(
      "expired",
      `${what()} was valid until ${notAfter.toISOString()}, before the moment asked for.`,
    );
  return undefined;
}
