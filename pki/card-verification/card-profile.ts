import { type Refused, refuse } from "../../protocol/refusals.ts";
import { authenticationPolicy } from "../jpki/profile.ts";
import type { TrustAnchor } from "../jpki/trust-anchors.ts";
import type { Certificate } from "../x509/certificate.ts";
import { crlDistributionPoints } from "../x509/distribution-point.ts";
import { readExtension } from "../x509/extension.ts";
import { certificatePolicies } from "../x509/policies.ts";
import { isSerialInRange } from "../x509/serial-number.ts";
import { subjectAltName } from "../x509/subject-alt-name.ts";
import { basicConstraints, keyUsage, keyUsageBits } from "../x509/usage.ts";

/** Extensions processed here; any other critical one is refused (RFC 5280 §4.2). */
const understood = new Set(
  [keyUsage, certificatePolicies, basicConstraints, subjectAltName, crlDistributionPoints].map(
    ({ oid }) => oid,
  ),
);

/**
 * Checks a certificate against the profile of the sign certificate: version 3, no unknown critical extension, not a CA,
 * keyUsage, the policy of its trust anchor. Returns nothing if it conforms. Throws BadCertificate.
 */
export function checkCardProfile(certificate: Certificate, anchor: TrustAnchor): Refused | undefined {
  const { extensions } = certificate;
  if (certificate.version !== 3)
    return refuse("UNSUPPORTED_CERTIFICATE", "The certificate is not X.509 version 3.");
  for (const [oid, { critical }] of extensions) {
    if (critical && !understood.has(oid)) {
      return refuse("UNSUPPORTED_CERTIFICATE", `The critical extension ${oid} is unknown.`);
    }
  }
  if (!isSerialInRange(certificate.serial))
    return refuse("UNSUPPORTED_CERTIFICATE", "The serial number is out of range.");
  const usage = readExtension(extensions, keyUsage) ?? 0;
  const constraints = readExtension(extensions, basicConstraints);
  if (constraints?.cA || usage & (keyUsageBits.keyCertSign | keyUsageBits.cRLSign)) {
    return refuse("UNSUPPORTED_CERTIFICATE", "The certificate is a CA certificate.");
  }
  const policyIds = readExtension(extensions, certificatePolicies) ?? [];
  if (policyIds.includes(authenticationPolicy)) {
    return refuse("NOT_A_SIGN_CERTIFICATE", "The certificate has the policy for user authentication.");
  }
  const needed = keyUsageBits.digitalSignature | keyUsageBits.nonRepudiation;
  if ((usage & needed) !== needed || !extensions.get(keyUsage.oid)?.critical) {
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
