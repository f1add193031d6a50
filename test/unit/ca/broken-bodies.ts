import { createECDH, generateKeyPairSync, X509Certificate } from "node:crypto";
import { ecdsaWithSHA1 } from "@peculiar/asn1-ecc";
import { AsnConvert } from "@peculiar/asn1-schema";
import * as x509 from "@peculiar/asn1-x509";
import { bufferOf, encodeDer } from "../../../pki/ca/der.ts";
import * as extension from "../../../pki/ca/extension.ts";
import { nameAttributeTypes as types } from "../../../pki/ca/name.ts";
import { attribute } from "../../../pki/ca/profiles/attribute.ts";
import { p256Spki, pseudonym } from "./issuing.ts";
import * as mutation from "./mutation.ts";

/** Certificates that are wrong outside their extensions. */

const serialOf = (hex: string) => (tbs: x509.TBSCertificate) => {
  tbs.serialNumber = bufferOf(Buffer.from(hex, "hex"));
};
const times = (change: (validity: x509.Validity, start: Date) => void) => (tbs: x509.TBSCertificate) =>
  change(tbs.validity, tbs.validity.notBefore.getTime());
const later = (start: Date, years: number, milliseconds = 0): Date => {
  const end = new Date(start);
  end.setUTCFullYear(end.getUTCFullYear() + years);
  return new Date(end.getTime() + milliseconds);
};
/** Another key, with the subjectKeyIdentifier that is right for it. */
const keyOf = (spki: () => Uint8Array) => (tbs: x509.TBSCertificate) => {
  tbs.subjectPublicKeyInfo = AsnConvert.parse(bufferOf(spki()), x509.SubjectPublicKeyInfo);
  const identifier = extension.keyIdentifierOf(tbs.subjectPublicKeyInfo.subjectPublicKey);
  mutation.setContent(
    tbs,
    x509.id_ce_subjectKeyIdentifier,
    new x509.SubjectKeyIdentifier(bufferOf(identifier)),
  );
};
const pointOf = (privateKey: string, format: "uncompressed" | "compressed" = "uncompressed"): Uint8Array => {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(privateKey, "hex");
  const spki = AsnConvert.parse(bufferOf(p256Spki()), x509.SubjectPublicKeyInfo);
  spki.subjectPublicKey = bufferOf(ecdh.getPublicKey(null, format));
  return encodeDer(spki);
};
const replaceRdn = (type: string, other?: x509.RelativeDistinguishedName) => (tbs: x509.TBSCertificate) =>
  mutation.setSubject(tbs, (rdns) =>
    rdns.flatMap((rdn) => (rdn[0]?.type === type ? (other ? [other] : []) : [rdn])),
  );
const addRdn = (other: x509.RelativeDistinguishedName) => (tbs: x509.TBSCertificate) =>
  mutation.setSubject(tbs, (rdns) => [...rdns, other]);
export const brokenBodies: mutation.Break[] = [
  ["version-3", "version 1", (tbs) => (tbs.version = x509.Version.v1)],
  ["version-3", "version 4", (tbs) => Object.assign(tbs, { version: 3 })],
  ["unique-identifiers-absent", "a subject's", (tbs) => (tbs.subjectUniqueID = bufferOf(Buffer.of(0, 1)))],
  ["serial-within-20-octets", "of 21", serialOf(`00c0${"11".repeat(19)}`)],
  ["serial-128-bits", "of 127", serialOf(`7f${"11".repeat(15)}`)],
  ["serial-128-bits", "one", serialOf("01")],
  [
    "validity-years",
    "a second too long",
    times((validity, start) => (validity.notAfter = new x509.Time(later(start, 5)))),
  ],
  [
    "validity-within-issuers",
    "before the issuer's",
    times((validity, start) => {
      validity.notBefore = new x509.Time(new Date(start.getTime() - 86_400_000));
      validity.notAfter = new x509.Time(later(start, 1));
    }),
  ],
  [
    "time-encoding",
    "GeneralizedTime before 2050",
    times((validity) => (validity.notAfter = new x509.Time({ generalTime: validity.notAfter.getTime() }))),
  ],
  [
    "time-encoding",
    "half a second",
    times((validity) => {
      const generalTime = new Date(validity.notAfter.getTime().getTime() - 500);
      validity.notAfter = new x509.Time({ generalTime });
    }),
  ],
  [
    "subject-rdns",
    "two in one",
    (tbs) => {
      mutation.setSubject(tbs, ([country, ...rest]) => {
        const [common, ...others] = rest;
        return [new x509.RelativeDistinguishedName([...country!, ...common!]), ...others];
      });
    },
  ],
  ["subject-once", "no serialNumber", replaceRdn(types.serialNumber)],
  ["subject-once", "no countryName", replaceRdn(types.countryName)],
  ["subject-once", "two commonNames", addRdn(mutation.rdn(types.commonName, { utf8String: pseudonym }))],
  ["subject-once", "two pseudonyms", addRdn(mutation.rdn(types.pseudonym, { utf8String: pseudonym }))],
  [
    "subject-country",
    "another",
    replaceRdn(types.countryName, mutation.rdn(types.countryName, { printableString: "US" })),
  ],
  [
    "pseudonym-alone",
    "beside a name",
    addRdn(mutation.rdn(types.pseudonym, { utf8String: pseudonym })),
    attribute,
  ],
  ["subject-of-profile", "no surname", replaceRdn(types.surname), attribute],
  ["subject-of-profile", "no pseudonym", replaceRdn(types.pseudonym)],
  [
    "subject-of-profile",
    "an organisation",
    addRdn(mutation.rdn(types.organizationName, { utf8String: "Example" })),
  ],
  [
    "subject-agrees-with-itself",
    "two pseudonyms",
    replaceRdn(types.serialNumber, mutation.rdn(types.serialNumber, { printableString: "other" })),
  ],
  [
    "subject-agrees-with-itself",
    "two names",
    replaceRdn(types.givenName, mutation.rdn(types.givenName, { utf8String: "太郎" })),
    attribute,
  ],
  [
    "subject-agrees-with-itself",
    "a former surname within the surname",
    (tbs) => {
      replaceRdn(types.surname, mutation.rdn(types.surname, { utf8String: "山田［佐藤］" }))(tbs);
      replaceRdn(types.commonName, mutation.rdn(types.commonName, { utf8String: "山田［佐藤］　花子" }))(tbs);
    },
    attribute,
  ],
  [
    "subject-string-types",
    "a country in UTF8String",
    replaceRdn(types.countryName, mutation.rdn(types.countryName, { utf8String: "JP" })),
  ],
  [
    "subject-string-types",
    "a commonName in BMPString",
    replaceRdn(types.commonName, mutation.rdn(types.commonName, { bmpString: "山田　花子" })),
    attribute,
  ],
  [
    "subject-lengths",
    "65 characters",
    (tbs) => {
      const long = "a".repeat(65);
      mutation.setSubject(tbs, ([country]) => [
        country!,
        mutation.rdn(types.commonName, { utf8String: long }),
        mutation.rdn(types.pseudonym, { utf8String: long }),
        mutation.rdn(types.serialNumber, { printableString: long }),
      ]);
    },
  ],
  [
    "key-p256",
    "P-384",
    keyOf(() => {
      const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
      return new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
    }),
  ],
  ["key-p256", "a compressed point", keyOf(() => pointOf("5a".repeat(32), "compressed"))],
  [
    "key-not-the-issuers",
    "the issuer's",
    (tbs, { issuing }) => {
      const spki = new X509Certificate(issuing).publicKey.export({ format: "der", type: "spki" });
      keyOf(() => new Uint8Array(spki))(tbs);
    },
  ],
  [
    "key-not-weak",
    "of RFC 7515 A.3",
    keyOf(() => pointOf("8e9b109e719098bf980487df1f5d77e9cb29606ebed2263b5f57c213df84f4b2")),
  ],
  ["key-not-weak", "of the scalar 7", keyOf(() => pointOf("7".padStart(64, "0")))],
];

export const widelyBrokenBodies: mutation.WiderBreak[] = [
  ["signature-algorithm", "SHA-1", (tbs) => (tbs.signature = ecdsaWithSHA1), ["signature-verifies"]],
  ["serial-positive", "negative", serialOf(`c0${"11".repeat(19)}`), ["two-readers-agree"]],
  ["serial-positive", "zero", serialOf("00"), ["serial-128-bits", "two-readers-agree"]],
  [
    "validity-order",
    "backwards",
    times((validity, start) => (validity.notAfter = new x509.Time(new Date(start.getTime() - 1_000)))),
    [],
  ],
  [
    "validity-within-issuers",
    "after the issuer's",
    times((validity) => (validity.notAfter = new x509.Time(new Date("2049-12-31T23:59:59Z")))),
    ["validity-years"],
  ],
  [
    "subject-rdns",
    "two in one, out of the order of a SET OF",
    (tbs) => {
      mutation.setSubject(tbs, ([country, ...rest]) => {
        const [common, ...others] = rest;
        return [new x509.RelativeDistinguishedName([...common!, ...country!]), ...others];
      });
    },
    ["der-canonical"],
  ],
  ["subject-rdns", "an empty one", addRdn(new x509.RelativeDistinguishedName([])), []],
  [
    "subject-rdns",
    "an empty subject",
    (tbs) => mutation.setSubject(tbs, () => []),
    ["subject-once", "subject-of-profile"],
  ],
  [
    "issued-by-issuer",
    "another name",
    (tbs) => (tbs.issuer = new x509.Name([mutation.rdn(types.commonName, { utf8String: "Another" })])),
    [],
  ],
  [
    "key-p256",
    "a point off the curve",
    (tbs) => {
      const point = new Uint8Array(tbs.subjectPublicKeyInfo.subjectPublicKey);
      point.set([(point[64] ?? 0) ^ 1], 64);
      tbs.subjectPublicKeyInfo.subjectPublicKey = bufferOf(point);
      const identifier = extension.keyIdentifierOf(tbs.subjectPublicKeyInfo.subjectPublicKey);
      mutation.setContent(
        tbs,
        x509.id_ce_subjectKeyIdentifier,
        new x509.SubjectKeyIdentifier(bufferOf(identifier)),
      );
    },
    ["two-readers-agree"],
  ],
];

/** Encoded with needless zeroes, which DER forbids. */
export const serialWithZeroes = serialOf(`0040${"11".repeat(16)}`);
