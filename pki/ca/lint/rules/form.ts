import { AsnConvert } from "@peculiar/asn1-schema";
import { BasicConstraints, id_ce_basicConstraints, Version } from "@peculiar/asn1-x509";
import { bufferOf, encodeDer } from "../../der.ts";
import { extensionValue } from "../../extension.ts";
import { serialOfInteger } from "../../serial.ts";
import { algorithmIdentifier } from "../../signed-object.ts";
import type { Rule } from "../rule.ts";
import type { Specimen } from "../specimen.ts";

/** The others can only be asked when this holds, so the reader of certificates reports it (lint.ts). */
export const derCanonical: Rule = {
  id: "der-canonical",
  source: "RFC 5280 §4.1, ITU-T X.690 §10",
  check: ({ certificate, der }) =>
    Buffer.compare(encodeDer(certificate), der) === 0 ? undefined : "It encodes to other bytes than it has.",
};

const same = (one: object, other: object): boolean => Buffer.compare(encodeDer(one), encodeDer(other)) === 0;

/** The certificate as a whole. */
export const formRules: readonly Rule[] = [
  derCanonical,
  {
    id: "version-3",
    source: "RFC 5280 §4.1.2.1",
    check: ({ tbs }) => (tbs.version === Version.v3 ? undefined : "Its version is not 3."),
  },
  {
    // An issuer's algorithm is one of SHA-256 and SHA-384, so what equals it is not SHA-1.
    id: "signature-algorithm",
    source: "RFC 5280 §4.1.1.2 and §4.1.2.3, ETSI TS 119 312 §5.2 (no SHA-1)",
    check: ({ certificate, tbs, context }) => {
      const expected = algorithmIdentifier(context.issuer.signatureAlgorithm);
      return same(tbs.signature, expected) && same(certificate.signatureAlgorithm, expected)
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
    check: ({ tbs }) =>
      tbs.issuerUniqueID === undefined && tbs.subjectUniqueID === undefined
        ? undefined
        : "It has a unique identifier.",
  },
  {
    id: "issued-by-issuer",
    source: "RFC 5280 §4.1.2.4",
    check: ({ openssl, issuing, tbs, context }) =>
      same(tbs.issuer, context.issuer.name) && openssl.checkIssued(issuing)
        ? undefined
        : "The issuing CA's certificate is not the one it names.",
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

/** What a second library that shares no code reads otherwise. */
function differences({ openssl, tbs, extensions }: Specimen): string[] {
  const { notBefore, notAfter } = tbs.validity;
  const constraints = extensionValue(extensions, id_ce_basicConstraints);
  const isCa = constraints && AsnConvert.parse(bufferOf(constraints), BasicConstraints).cA;
  const spki = openssl.publicKey.export({ format: "der", type: "spki" });
  const agree: [string, boolean][] = [
    ["serialNumber", openssl.serialNumber.toLowerCase() === serialOfInteger(tbs.serialNumber)],
    ["notBefore", new Date(openssl.validFrom).getTime() === notBefore.getTime().getTime()],
    ["notAfter", new Date(openssl.validTo).getTime() === notAfter.getTime().getTime()],
    ["subjectPublicKeyInfo", Buffer.compare(spki, encodeDer(tbs.subjectPublicKeyInfo)) === 0],
    ["basicConstraints", openssl.ca === (isCa ?? false)],
  ];
  return agree.flatMap(([field, agreed]) => (agreed ? [] : [field]));
}
