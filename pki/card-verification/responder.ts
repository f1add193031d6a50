import { createHash, type KeyObject } from "node:crypto";
import type { ResponderID } from "@peculiar/asn1-ocsp";
import {
  BasicConstraints,
  ExtendedKeyUsage,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_cRLDistributionPoints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_kp_OCSPSigning,
  KeyUsage,
  KeyUsageFlags,
} from "@peculiar/asn1-x509";
import type { TrustAnchor } from "../jpki/trust-anchors.ts";
import { readExtension, type X509 } from "./certificate.ts";
import { nameText } from "./name.ts";
import { strongKey, verifySignature } from "./signature.ts";
import { UnusableStatus } from "./status.ts";

/** Critical extensions a responder's certificate may carry; the last two and policies do not limit this use. */
const understood = new Set([
  id_ce_keyUsage,
  id_ce_extKeyUsage,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_subjectAltName,
  id_ce_cRLDistributionPoints,
]);

/**
 * The key an OCSP response must be signed with (RFC 6960 §4.2.2.2): that of a responder the CA itself delegated, or
 * the CA's own. A delegate's certificate is not asked for its own status; it is short-lived and says so by
 * id-pkix-ocsp-nocheck. Throws {@link UnusableStatus}, or BadCertificate.
 */
export function responderKey(
  id: ResponderID,
  certificates: readonly X509[],
  anchor: TrustAnchor,
  at: Date,
): KeyObject {
  const delegate = certificates.find((certificate) => isNamed(id, certificate));
  if (delegate && !Buffer.from(delegate.der).equals(anchor.certificate)) {
    return delegatedKey(delegate, anchor, at);
  }
  if (!isNamed(id, anchor)) throw new UnusableStatus("The responder is neither the CA nor a delegate of it.");
  return anchor.publicKey;
}

function isNamed(
  id: ResponderID,
  { subject, publicKeyBits }: { subject: string; publicKeyBits: Uint8Array },
): boolean {
  if (id.byName) return nameText(id.byName) === subject;
  return (
    id.byKey !== undefined &&
    createHash("sha1").update(publicKeyBits).digest().equals(Buffer.from(id.byKey.buffer))
  );
}

function delegatedKey(certificate: X509, anchor: TrustAnchor, at: Date): KeyObject {
  const { scheme, extensions, issuer, authorityKeyId, tbs, signature } = certificate;
  const issued = issuer === anchor.subject && (authorityKeyId ?? anchor.keyId) === anchor.keyId;
  if (!issued || !scheme || !verifySignature(scheme, tbs, anchor.publicKey, signature)) {
    throw new UnusableStatus("The responder's certificate was not issued by the CA it speaks for.");
  }
  for (const [oid, { critical }] of extensions) {
    if (critical && !understood.has(oid)) {
      throw new UnusableStatus(`The responder's certificate has the unknown critical extension ${oid}.`);
    }
  }
  const purposes = readExtension(extensions, id_ce_extKeyUsage, ExtendedKeyUsage) ?? [];
  const usage = readExtension(extensions, id_ce_keyUsage, KeyUsage)?.toNumber();
  const constraints = readExtension(extensions, id_ce_basicConstraints, BasicConstraints);
  const maySign = usage === undefined || usage & KeyUsageFlags.digitalSignature;
  if (!purposes.includes(id_kp_OCSPSigning) || !maySign || constraints?.cA) {
    throw new UnusableStatus("The responder's certificate is not one for signing OCSP responses.");
  }
  if (!(certificate.notBefore <= at && at <= certificate.notAfter)) {
    throw new UnusableStatus("The responder's certificate is not valid at this time.");
  }
  const key = strongKey(certificate.spki);
  if (!key) throw new UnusableStatus("The responder's key is of an unknown kind, or weak.");
  return key;
}
