import * as asn1js from "asn1js";
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  CertificatePolicies,
  CRLDistributionPoints,
  DistributionPoint,
  Extension,
  ExtKeyUsage,
  GeneralNames,
  PolicyInformation,
} from "pkijs";
import { directoryName, type Name } from "./distinguished-names.ts";

/** Which of the two JPKI authorities: for digital signature, or for user authentication. */
export type AuthorityKind = "sign" | "auth";

/** Policies of test cards: the fourth arc from the end is 0 instead of a real card's 1. */
export const policies = { sign: "1.2.392.200149.8.5.1.0.20", auth: "1.2.392.200149.8.5.1.0.30" } as const;

const purpose = { sign: "JPKI for digital signature", auth: "JPKI for user authentication" } as const;

const base = (kind: AuthorityKind): Name => [
  ["C", "JP"],
  ["O", "JPKI-TEST"],
  ["OU", purpose[kind]],
];

/** The name of every generation of a CA; only the key differs. */
export const authorityName = (kind: AuthorityKind): Name => [
  ...base(kind),
  ["OU", "Japan Agency for Local Authority Information Systems"],
];

/** The CA's name in Japanese: its subjectAltName, and the issuerAltName of what it issues. */
export const authorityAltName: Name = [
  ["C", "JP"],
  ["O", "公的個人認証サービス"],
];

export const responderName = (kind: AuthorityKind): Name => [...base(kind), ["CN", "OCSP Responder"]];

/** The place of issue: the sign CA has one CRL part for each city, the auth CA has one in all. */
export interface Place {
  prefecture: string;
  city: string;
}

/** Name of the CRL part, in the certificate as a directoryName, not a URL. */
export const distributionPointName = (kind: AuthorityKind, place?: Place): Name => [
  ...base(kind),
  ["OU", "CRL Distribution Points"],
  ...(place
    ? ([
        ["OU", place.prefecture],
        ["CN", `${place.city} CRLDP`],
      ] as const)
    : ([["CN", "CRLDP"]] as const)),
];

/** The attributes of the sign certificate, as text of its subjectAltName otherNames. */
export interface SubjectAttributes {
  name: string;
  /** One `0` or `1` for each character of the name: 1 where it was substituted. */
  nameSubstitution: string;
  /** 1 male, 2 female, 3 unknown. */
  sex: string;
  /** `EYYYYMMDD`: era, then the Gregorian date. */
  dateOfBirth: string;
  address: string;
  addressSubstitution: string;
}

const otherNameArc = "1.2.392.200149.8.5.5";

function extension(extnID: string, critical: boolean, value: asn1js.BaseBlock): Extension {
  return new Extension({ extnID, critical, extnValue: value.toBER() });
}

/** keyUsage bits from the left (RFC 5280 §4.2.1.3), always critical. */
const keyUsage = (bits: number, unused: number): Extension =>
  extension(
    "2.5.29.15",
    true,
    new asn1js.BitString({ valueHex: new Uint8Array([bits]).buffer, unusedBits: unused }),
  );

const altName = (extnID: string, name: Name): Extension =>
  extension(extnID, false, new GeneralNames({ names: [directoryName(name)] }).toSchema());

const crlDistributionPoint = (name: Name): Extension =>
  extension(
    "2.5.29.31",
    false,
    new CRLDistributionPoints({
      distributionPoints: [new DistributionPoint({ distributionPoint: [directoryName(name)] })],
    }).toSchema(),
  );

/** authorityKeyIdentifier with the key identifier alone. */
export const authorityKeyIdentifier = (keyId: Uint8Array): Extension =>
  extension(
    "2.5.29.35",
    false,
    new AuthorityKeyIdentifier({
      keyIdentifier: new asn1js.OctetString({ valueHex: new Uint8Array(keyId) }),
    }).toSchema(),
  );

const certificatePolicy = (oid: string): Extension =>
  extension(
    "2.5.29.32",
    true,
    new CertificatePolicies({
      certificatePolicies: [new PolicyInformation({ policyIdentifier: oid })],
    }).toSchema(),
  );

/** otherName ::= [0] IMPLICIT SEQUENCE { type-id, value [0] EXPLICIT UTF8String }. */
const otherName = (arc: number, value: string): asn1js.Constructed =>
  new asn1js.Constructed({
    idBlock: { tagClass: 3, tagNumber: 0 },
    value: [
      new asn1js.ObjectIdentifier({ value: `${otherNameArc}.${arc}` }),
      new asn1js.Constructed({
        idBlock: { tagClass: 3, tagNumber: 0 },
        value: [new asn1js.Utf8String({ value })],
      }),
    ],
  });

/** The otherNames have the order of real certificates: 1 4 3 5 2 6. */
const attributes = (subject: SubjectAttributes): Extension =>
  extension(
    "2.5.29.17",
    false,
    new asn1js.Sequence({
      value: [
        otherName(1, subject.name),
        otherName(4, subject.dateOfBirth),
        otherName(3, subject.sex),
        otherName(5, subject.address),
        otherName(2, subject.nameSubstitution),
        otherName(6, subject.addressSubstitution),
      ],
    }),
  );

/** Extensions of a CA: without authorityKeyIdentifier, like the real ones. */
export const authorityExtensions = (kind: AuthorityKind, keyId: Uint8Array): Extension[] => [
  keyUsage(0b0000_0110, 1),
  altName("2.5.29.17", authorityAltName),
  extension("2.5.29.19", true, new BasicConstraints({ cA: true }).toSchema()),
  crlDistributionPoint(authorityName(kind)),
  extension("2.5.29.14", false, new asn1js.OctetString({ valueHex: new Uint8Array(keyId) })),
];

/** A test certificate's deviations from the profile. */
export interface Deviation {
  /** Omit keyUsage. */
  keyUsage?: "absent" | undefined;
  /** Another policy, or none. */
  policy?: string | undefined;
  /** The key identifier to claim as the issuer's. */
  issuerKeyId?: Uint8Array | undefined;
}

/** Extensions of a certificate for digital signature. */
export const signExtensions = (
  issuerKeyId: Uint8Array,
  place: Place,
  subject: SubjectAttributes,
  deviation: Deviation = {},
): Extension[] => {
  const policy = deviation.policy ?? policies.sign;
  return [
    ...(deviation.keyUsage === "absent" ? [] : [keyUsage(0b1100_0000, 6)]),
    attributes(subject),
    altName("2.5.29.18", authorityAltName),
    ...(policy === "absent" ? [] : [certificatePolicy(policy)]),
    crlDistributionPoint(distributionPointName("sign", place)),
    authorityKeyIdentifier(deviation.issuerKeyId ?? issuerKeyId),
  ];
};

/** Extensions of a certificate for user authentication: without information about the person. */
export const authExtensions = (issuerKeyId: Uint8Array): Extension[] => [
  keyUsage(0b1000_0000, 7),
  altName("2.5.29.18", authorityAltName),
  certificatePolicy(policies.auth),
  crlDistributionPoint(distributionPointName("auth")),
  authorityKeyIdentifier(issuerKeyId),
];

/** Extensions of a delegated OCSP responder (RFC 6960 §4.2.2.2): OCSPSigning and nocheck. */
export const responderExtensions = (issuerKeyId: Uint8Array): Extension[] => [
  keyUsage(0b1000_0000, 7),
  extension("2.5.29.37", false, new ExtKeyUsage({ keyPurposes: ["1.3.6.1.5.5.7.3.9"] }).toSchema()),
  extension("1.3.6.1.5.5.7.48.1.5", false, new asn1js.Null()),
  authorityKeyIdentifier(issuerKeyId),
];
