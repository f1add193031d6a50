import { sameBytes } from "../../../der/bytes.ts";
import { NotDer, readDer, tags } from "../../../der/cursor.ts";
import type { SignatureAlgorithm } from "../../../key-store/key-store.ts";
import { type AlgorithmIdentifier, sameAlgorithm } from "../../../x509/algorithm.ts";
import { readCertificateParts } from "../../../x509/certificate-parts.ts";
import { serialText } from "../../../x509/serial-number.ts";
import { encodeDer } from "../../der.ts";
import { contentOf } from "../content.ts";
import type { Rule } from "../rule.ts";
import type { Specimen } from "../specimen.ts";

/** The other rules require a parsed certificate, so the parser reports this one too (lint.ts). */
export const derCanonical: Rule = {
  id: "der-canonical",
  source: "RFC 5280 §4.1, ITU-T X.690 §10",
  check: ({ parts: { der } }) => (isDer(der) ? undefined : "Its DER encoding differs from its bytes."),
};

/** Whether everything is DER, in names and parameters as well. */
function isDer(der: Uint8Array): boolean {
  try {
    readDer(der, "certificate", (cursor) => cursor.any());
    return true;
  } catch (error) {
    if (error instanceof NotDer) return false;
    throw error;
  }
}

/** Each with its parameters: none for ECDSA (RFC 5758 §3.2), NULL for RSA (RFC 4055 §5). */
const algorithms: Record<SignatureAlgorithm, AlgorithmIdentifier> = {
  "ecdsa-with-SHA256": { oid: "1.2.840.10045.4.3.2" },
  "ecdsa-with-SHA384": { oid: "1.2.840.10045.4.3.3" },
  sha256WithRSAEncryption: { oid: "1.2.840.113549.1.1.11", parameters: Uint8Array.of(tags.null, 0) },
};

/** Rules on the certificate as a whole. */
export const formRules: readonly Rule[] = [
  derCanonical,
  {
    id: "version-3",
    source: "RFC 5280 §4.1.2.1",
    check: ({ parts }) => (parts.version === 3 ? undefined : "Its version is not 3."),
  },
  {
    // An issuer's algorithm uses SHA-256 or SHA-384, so an equal one is not SHA-1.
    id: "signature-algorithm",
    source: "RFC 5280 §4.1.1.2 and §4.1.2.3, ETSI TS 119 312 §5.2 (no SHA-1)",
    check: ({ parts, context }) => {
      const expected = algorithms[context.issuer.signatureAlgorithm];
      return sameAlgorithm(parts.signedAlgorithm, expected) &&
        sameAlgorithm(parts.signatureAlgorithm, expected)
        ? undefined
        : `It is not signed with ${context.issuer.signatureAlgorithm}, or does not say so twice.`;
    },
  },
  {
    id: "signature-verifies",
    source: "RFC 5280 §4.1.1.3",
    check: ({ openssl, signedBy }) =>
      openssl.verify(signedBy) ? undefined : "The signature does not verify.",
  },
  {
    id: "unique-identifiers-absent",
    source: "RFC 5280 §4.1.2.8",
    check: ({ parts }) => (parts.hasUniqueIdentifier ? "It has a unique identifier." : undefined),
  },
  {
    id: "issued-by-issuer",
    source: "RFC 5280 §4.1.2.4",
    check: ({ openssl, issuing, parts, context }) => {
      const { subject } = readCertificateParts(context.issuingCertificate);
      return sameBytes(parts.issuer, subject) &&
        sameBytes(parts.issuer, encodeDer(context.issuer.name)) &&
        openssl.checkIssued(issuing)
        ? undefined
        : "The issuing CA's certificate is not the one it names.";
    },
  },
  {
    id: "two-readers-agree",
    source: "ITU-T X.690 §10: a certificate has one meaning",
    check: (specimen) => {
      const differing = differences(specimen);
      return differing.length === 0 ? undefined : `Two libraries read differently: ${differing.join(", ")}.`;
    },
  },
];

/** Differences to a second parser that shares no code. */
function differences(specimen: Specimen): string[] {
  const { openssl, parts, notBefore, notAfter } = specimen;
  const isCa = contentOf(specimen, "basicConstraints")?.cA ?? false;
  const spki = openssl.publicKey.export({ format: "der", type: "spki" });
  const agree: [string, boolean][] = [
    ["serialNumber", openssl.serialNumber.toLowerCase() === serialText(parts.serial)],
    ["notBefore", new Date(openssl.validFrom).getTime() === notBefore.instant.getTime()],
    ["notAfter", new Date(openssl.validTo).getTime() === notAfter.instant.getTime()],
    ["subjectPublicKeyInfo", sameBytes(spki, parts.spki)],
    ["basicConstraints", openssl.ca === isCa],
  ];
  return agree.flatMap(([field, agreed]) => (agreed ? [] : [field]));
}
