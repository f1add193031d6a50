import { sha1 } from "@noble/hashes/legacy.js";
import { sameBytes } from "../der/bytes.ts";
import { algorithmName, signatureScheme } from "../x509/algorithm.ts";
import type { Certificate } from "../x509/certificate.ts";
import { readExtension } from "../x509/extension.ts";
import { sameName } from "../x509/name.ts";
import { isStrong, readPublicKey } from "../x509/public-key.ts";
import type { Verifying } from "../x509/signature.ts";
import { basicConstraints, extendedKeyUsage, keyUsage, keyUsageBits, purposes } from "../x509/usage.ts";
import type { BasicResponse, ResponderId } from "./response.ts";
import { UnusableOcsp } from "./unusable.ts";

/**
 * Critical extensions that a responder's certificate may have: keyUsage, extKeyUsage, basicConstraints, and policies,
 * subjectAltName and distribution points, which do not restrict this use.
 */
const understood = new Set(["2.5.29.15", "2.5.29.37", "2.5.29.19", "2.5.29.32", "2.5.29.17", "2.5.29.31"]);

/**
 * Requires that an OCSP response is signed by the issuer or by a responder that the issuer delegated.
 * @param at when a delegate's certificate must be valid
 * @throws UnusableOcsp, NotDer, BadCertificate
 */
export function* requireSignature(basic: BasicResponse, issuer: Certificate, at: Date): Verifying<void> {
  const { tbs, signature, signatureAlgorithm } = basic;
  const scheme = signatureScheme(signatureAlgorithm);
  if (!scheme)
    throw new UnusableOcsp(
      `The OCSP response is signed with ${algorithmName(signatureAlgorithm)}, which is not accepted.`,
    );
  const { spki } = yield* findResponder(basic.responderId, basic.certificates, issuer, at);
  if (!(yield { scheme, spki, data: tbs, signature }))
    throw new UnusableOcsp("The signature of the OCSP response was not made by the responder.");
}

/**
 * The required signer of an OCSP response (RFC 6960 §4.2.2.2): a responder delegated by the issuer itself, or the issuer. A
 * delegate's own status is not checked: it is short-lived, and id-pkix-ocsp-nocheck says so.
 */
function* findResponder(
  id: ResponderId,
  certificates: readonly Certificate[],
  issuer: Certificate,
  at: Date,
): Verifying<Certificate> {
  const delegate = certificates.find((certificate) => isNamed(id, certificate));
  if (delegate && !sameBytes(delegate.spki, issuer.spki)) {
    yield* requireDelegated(delegate, issuer, at);
    return delegate;
  }
  if (!isNamed(id, issuer)) throw new UnusableOcsp("The responder is neither the CA nor its delegate.");
  return issuer;
}

/** The key hash of a responder is SHA-1 by definition (RFC 6960 §4.2.1): it identifies a key and is not a security function. */
const isNamed = (id: ResponderId, { subject, publicKeyBits }: Certificate): boolean =>
  "name" in id ? sameName(id.name, subject) : sameBytes(sha1(publicKeyBits), id.keyHash);

function* requireDelegated(delegate: Certificate, issuer: Certificate, at: Date): Verifying<void> {
  const { scheme, extensions, authorityKeyId, tbs, signature } = delegate;
  if (!scheme)
    throw new UnusableOcsp(
      `The responder's certificate is signed with ${algorithmName(delegate.signatureAlgorithm)}, which is not accepted.`,
    );
  const isNamedIssuer =
    sameName(delegate.issuer, issuer.subject) &&
    (authorityKeyId === undefined || authorityKeyId === issuer.subjectKeyId);
  if (!isNamedIssuer || !(yield { scheme, spki: issuer.spki, data: tbs, signature }))
    throw new UnusableOcsp("The responder's certificate was not issued by the certificate's CA.");
  for (const [oid, { critical }] of extensions)
    if (critical && !understood.has(oid))
      throw new UnusableOcsp(`The responder's certificate has the unknown critical extension ${oid}.`);
  const usage = readExtension(extensions, keyUsage);
  const maySign = usage === undefined || (usage & keyUsageBits.digitalSignature) !== 0;
  const isForOcsp = readExtension(extensions, extendedKeyUsage)?.includes(purposes.ocspSigning);
  if (!isForOcsp || !maySign || readExtension(extensions, basicConstraints)?.cA)
    throw new UnusableOcsp("The responder's certificate is not for signing OCSP responses.");
  if (!(delegate.notBefore <= at && at <= delegate.notAfter))
    throw new UnusableOcsp("The responder's certificate is not valid at this time.");
  if (!isStrong(readPublicKey(delegate.spki)))
    throw new UnusableOcsp("The responder's key is of an unsupported type, or weak.");
}
