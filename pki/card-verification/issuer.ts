import { type Refused, refuse } from "../../protocol/refusals.ts";
import { authenticationUnit, productionOrganization, testOrganization } from "../jpki/profile.ts";
import type { TrustAnchor } from "../jpki/trust-anchors.ts";
import { algorithmName } from "../x509/algorithm.ts";
import type { Certificate } from "../x509/certificate.ts";
import type { Name } from "../x509/name.ts";
import { verifyWithNode } from "../x509/node-signature.ts";

/**
 * Finds the trust anchor that signed a certificate. All generations of the JPKI CA have the same name, so the name shows
 * whether the CA is known at all, the key identifier which generation it is, and only the signature proves it.
 */
export function findIssuer(certificate: Certificate, anchors: readonly TrustAnchor[]): TrustAnchor | Refused {
  if (namesAuthenticationCa(certificate)) {
    return refuse("NOT_A_SIGN_CERTIFICATE", "The certificate was issued by the CA for user authentication.");
  }
  const named = anchors.filter(
    ({ use, subject }) => use === "signature" && subject === certificate.issuer.text,
  );
  if (named.length === 0) {
    return refuse(
      "UNTRUSTED_ISSUER",
      `No trust anchor has the name of the issuer, ${organizationOf(certificate.issuer)}.`,
    );
  }
  const { authorityKeyId, scheme } = certificate;
  const generation = named.filter(({ keyId }) => authorityKeyId === undefined || keyId === authorityKeyId);
  if (generation.length === 0) {
    return refuse(
      "UNKNOWN_GENERATION",
      `The issuer's name is known, but its key ${authorityKeyId?.slice(0, longestKeyId)} is not; known: ${named.map(({ keyId }) => keyId).join(", ")}.`,
    );
  }
  if (!scheme) {
    return refuse(
      "UNSUPPORTED_CERTIFICATE",
      `The certificate is signed with ${algorithmName(certificate.signatureAlgorithm)}, not with RSA PKCS#1 v1.5 or ECDSA over SHA-256, SHA-384 or SHA-512.`,
    );
  }
  const { tbs: data, signature } = certificate;
  const signer = generation.find(({ certificate: { spki } }) =>
    verifyWithNode({ scheme, spki, data, signature }),
  );
  return (
    signer ??
    refuse(
      "CERTIFICATE_SIGNATURE_INVALID",
      authorityKeyId === undefined
        ? "The certificate has no authority key identifier, and no known key of this CA signed it."
        : `The CA key ${authorityKeyId} did not make the certificate's signature.`,
    )
  );
}

/** Digits of a SHA-512 in hex; a longer value is not a key identifier but untrusted text. */
const longestKeyId = 128;

/**
 * An unknown issuer's organization, for a message. The issuer of a self-signed or personal certificate may be a person, whose
 * name must not appear.
 */
function organizationOf(issuer: Name): string {
  const parts = ["C", "O", "OU"].flatMap((type) => issuer.values(type).map((value) => `${type}=${value}`));
  return parts.join(", ").slice(0, 120) || "without an organization";
}

/** Decided by the name alone, so that the answer is helpful even if that CA is not a trust anchor. */
function namesAuthenticationCa({ issuer }: Certificate): boolean {
  return (
    issuer.values("O").some((value) => value === productionOrganization || value === testOrganization) &&
    issuer.values("OU").includes(authenticationUnit)
  );
}
