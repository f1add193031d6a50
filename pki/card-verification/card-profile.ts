import {
  BasicConstraints,
  CertificatePolicies,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_cRLDistributionPoints,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  KeyUsage,
  KeyUsageFlags,
} from "@peculiar/asn1-x509";
import { type Refused, refuse } from "../../protocol/refusals.ts";
import { authenticationPolicy } from "../jpki/profile.ts";
import type { TrustAnchor } from "../jpki/trust-anchors.ts";
import { readExtension, type X509 } from "./certificate.ts";

/** Extensions whose meaning is honoured here; any other that is critical is refused (RFC 5280 §4.2). */
const understood = new Set([
  id_ce_keyUsage,
  id_ce_certificatePolicies,
  id_ce_basicConstraints,
  id_ce_subjectAltName,
  id_ce_cRLDistributionPoints,
]);

/**
 * Holds a certificate against the profile of the sign certificate: version 3, no unknown critical extension, not a
 * CA, keyUsage, the policy of its anchor. Nothing when it follows the profile. Throws BadCertificate.
 */
export function checkCardProfile(certificate: X509, anchor: TrustAnchor): Refused | undefined {
  const { extensions } = certificate;
  if (certificate.version !== 3)
    return refuse("UNSUPPORTED_CERTIFICATE", "The certificate is not X.509 version 3.");
  for (const [oid, { critical }] of extensions) {
    if (critical && !understood.has(oid)) {
      return refuse("UNSUPPORTED_CERTIFICATE", `The critical extension ${oid} is unknown.`);
    }
  }
  const usage = readExtension(extensions, id_ce_keyUsage, KeyUsage)?.toNumber() ?? 0;
  const constraints = readExtension(extensions, id_ce_basicConstraints, BasicConstraints);
  if (constraints?.cA || usage & (KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)) {
    return refuse("UNSUPPORTED_CERTIFICATE", "The certificate is one of a CA.");
  }
  const policies = readExtension(extensions, id_ce_certificatePolicies, CertificatePolicies);
  const policyIds = policies?.map(({ policyIdentifier }) => policyIdentifier) ?? [];
  if (policyIds.includes(authenticationPolicy)) {
    return refuse("NOT_A_SIGN_CERTIFICATE", "The certificate carries the policy for user authentication.");
  }
  const needed = KeyUsageFlags.digitalSignature | KeyUsageFlags.nonRepudiation;
  if ((usage & needed) !== needed || !extensions.get(id_ce_keyUsage)?.critical) {
    return refuse("KEY_USAGE_MISSING", "keyUsage is not critical with digitalSignature and nonRepudiation.");
  }
  if (!anchor.policies.some((policy) => policyIds.includes(policy))) {
    return refuse(
      "POLICY_MISSING",
      `The certificate's policies (${policyIds.join(", ") || "none"}) do not include ${anchor.policies.join(" or ") || "one this CA is trusted for"}.`,
    );
  }
  return undefined;
}
