import { AsnProp, AsnPropTypes, OctetString } from "@peculiar/asn1-schema";
import { MessageImprint, TSTInfo } from "@peculiar/asn1-tsp";
import {
  AccessDescription,
  AlgorithmIdentifier,
  AuthorityInfoAccessSyntax,
  AuthorityKeyIdentifier,
  BasicConstraints,
  CertificatePolicies,
  CRLDistributionPoints,
  CRLNumber,
  DistributionPoint,
  DistributionPointName,
  ExtendedKeyUsage,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  InhibitAnyPolicy,
  IssuingDistributionPoint,
  KeyIdentifier,
  KeyUsage,
  NameConstraints,
  OtherName,
  PolicyConstraints,
  PolicyInformation,
  PolicyMapping,
  PolicyMappings,
  PolicyQualifierInfo,
  Reason,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
} from "@peculiar/asn1-x509";
import { readTstInfo } from "../../../pki/cms/tst-info.ts";
import { crlNumber } from "../../../pki/crl/rules.ts";
import { readDer } from "../../../pki/der/cursor.ts";
import { crlDistributionPoints, issuingDistributionPoint } from "../../../pki/x509/distribution-point.ts";
import type { ExtensionType } from "../../../pki/x509/extension.ts";
import { authorityInfoAccess } from "../../../pki/x509/information-access.ts";
import { authorityKeyIdentifier, subjectKeyIdentifier } from "../../../pki/x509/key-identifier.ts";
import { nameConstraints } from "../../../pki/x509/name-constraints.ts";
import {
  certificatePolicies,
  inhibitAnyPolicy,
  policyConstraints,
  policyMappings,
} from "../../../pki/x509/policies.ts";
import { subjectAltName } from "../../../pki/x509/subject-alt-name.ts";
import { basicConstraints, extendedKeyUsage, keyUsage } from "../../../pki/x509/usage.ts";
import { der, makeName } from "../card-verification/test-pki.ts";
import { compileAnew } from "./derived-schema.ts";
import type { Structure } from "./structures.ts";

/** An extension's value, which is inside an OCTET STRING that no other structure looks into. */
const extension = <T>(type: ExtensionType<T>, schema: new () => object, ...values: object[]): Structure => ({
  specimens: values.map(der),
  read: (bytes) => {
    const value = readDer(bytes, type.oid, type.read);
    return value !== undefined && !hasX400Address(value);
  },
  schema,
});

/** A name for which the schema library has no type that it can read. */
const hasX400Address = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  !ArrayBuffer.isView(value) &&
  (("form" in value && value.form === "x400Address") || Object.values(value).some(hasX400Address));

/** Accuracy (RFC 3161 §2.4.2); the schema library's own writes seconds where there were none. */
class ExactAccuracy {
  seconds?: number;
  millis?: number;
  micros?: number;
}
AsnProp({ type: AsnPropTypes.Integer, optional: true })(ExactAccuracy.prototype, "seconds");
for (const [context, part] of ["millis", "micros"].entries())
  AsnProp({ type: AsnPropTypes.Integer, context, implicit: true, optional: true })(
    ExactAccuracy.prototype,
    part,
  );

class ExactTstInfo extends TSTInfo {}
AsnProp({ type: ExactAccuracy, optional: true })(ExactTstInfo.prototype, "accuracy");
compileAnew(ExactTstInfo);

const stamp = (more: Partial<TSTInfo>): Buffer =>
  der(
    new ExactTstInfo({
      policy: "1.2.3",
      messageImprint: new MessageImprint({
        hashAlgorithm: new AlgorithmIdentifier({ algorithm: "2.16.840.1.101.3.4.2.1" }),
        hashedMessage: new OctetString(8),
      }),
      serialNumber: new Uint8Array([5]).buffer,
      genTime: new Date("2026-03-14T21:26:00Z"),
      ...more,
    }),
  );

const directory = new GeneralName({ directoryName: makeName([["CN", "CA"]]) });
const url = new GeneralName({ uniformResourceIdentifier: "http://ca" });
const otherName = new OtherName({ typeId: "1.2.3", value: new Uint8Array([0x0c, 1, 0x41]).buffer });
/** Short ones: what is read again and again is made of few octets. */
const names = [
  [directory, url],
  [new GeneralName({ rfc822Name: "a@b" }), new GeneralName({ dNSName: "b" })],
  [new GeneralName({ registeredID: "1.2.3.4" }), new GeneralName({ otherName })],
];
const named = new DistributionPointName({ fullName: [url] });
const relative = new DistributionPointName({
  nameRelativeToCRLIssuer: new RelativeDistinguishedName([...makeName([["CN", "x"]])[0]!]),
});
const [places = [], hosts = [], ids = []] = names.map((some) =>
  some.map((base) => new GeneralSubtree({ base })),
);
const subtrees = (some: GeneralSubtree[]): GeneralSubtrees => new GeneralSubtrees(some);

const mapping = (issuerDomainPolicy: string, subjectDomainPolicy: string): PolicyMapping =>
  Object.assign(new PolicyMapping(), { issuerDomainPolicy, subjectDomainPolicy });

/** What paths, CRLs and time-stamps are judged by, each by itself. */
export const innerStructures = (): Record<string, Structure> => ({
  keyUsage: extension(keyUsage, KeyUsage, new KeyUsage(0x60), new KeyUsage(0x101)),
  basicConstraints: extension(
    basicConstraints,
    BasicConstraints,
    new BasicConstraints({ cA: true, pathLenConstraint: 3 }),
    new BasicConstraints(),
  ),
  extKeyUsage: extension(
    extendedKeyUsage,
    ExtendedKeyUsage,
    new ExtendedKeyUsage(["1.3.6.1.5.5.7.3.8", "2.5.29.37.0"]),
  ),
  subjectAltName: extension(
    subjectAltName,
    SubjectAlternativeName,
    ...names.map((some) => new SubjectAlternativeName(some)),
  ),
  nameConstraints: extension(
    nameConstraints,
    NameConstraints,
    new NameConstraints({ permittedSubtrees: subtrees(places) }),
    new NameConstraints({ permittedSubtrees: subtrees(hosts), excludedSubtrees: subtrees(ids) }),
  ),
  certificatePolicies: extension(
    certificatePolicies,
    CertificatePolicies,
    new CertificatePolicies([
      new PolicyInformation({ policyIdentifier: "1.2.3" }),
      new PolicyInformation({
        policyIdentifier: "1.2.4",
        policyQualifiers: [
          new PolicyQualifierInfo({
            policyQualifierId: "1.3.6.1.5.5.7.2.1",
            qualifier: new Uint8Array([0x16, 1, 0x41]).buffer,
          }),
        ],
      }),
    ]),
  ),
  policyMappings: extension(
    policyMappings,
    PolicyMappings,
    new PolicyMappings([mapping("1.2.3", "1.2.4"), mapping("1.2.5", "1.2.6")]),
  ),
  policyConstraints: extension(
    policyConstraints,
    PolicyConstraints,
    new PolicyConstraints({
      requireExplicitPolicy: new Uint8Array([1]).buffer,
      inhibitPolicyMapping: new Uint8Array([0]).buffer,
    }),
  ),
  inhibitAnyPolicy: extension(
    inhibitAnyPolicy,
    InhibitAnyPolicy,
    new InhibitAnyPolicy(new Uint8Array([2]).buffer),
  ),
  cRLDistributionPoints: extension(
    crlDistributionPoints,
    CRLDistributionPoints,
    new CRLDistributionPoints([new DistributionPoint({ distributionPoint: named })]),
    new CRLDistributionPoints([
      new DistributionPoint({
        distributionPoint: relative,
        reasons: new Reason(0x22),
        cRLIssuer: [directory],
      }),
    ]),
  ),
  issuingDistributionPoint: extension(
    issuingDistributionPoint,
    IssuingDistributionPoint,
    new IssuingDistributionPoint({ distributionPoint: named, onlyContainsUserCerts: true }),
    new IssuingDistributionPoint({
      distributionPoint: relative,
      onlySomeReasons: new Reason(0x22),
      indirectCRL: true,
    }),
  ),
  authorityInfoAccess: extension(
    authorityInfoAccess,
    AuthorityInfoAccessSyntax,
    new AuthorityInfoAccessSyntax([
      new AccessDescription({ accessMethod: "1.3.6.1.5.5.7.48.1", accessLocation: url }),
      new AccessDescription({ accessMethod: "1.3.6.1.5.5.7.48.2", accessLocation: directory }),
    ]),
  ),
  authorityKeyIdentifier: extension(
    authorityKeyIdentifier,
    AuthorityKeyIdentifier,
    new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(new Uint8Array(20)) }),
    new AuthorityKeyIdentifier({
      authorityCertIssuer: [directory],
      authorityCertSerialNumber: new Uint8Array([1, 2]).buffer,
    }),
  ),
  subjectKeyIdentifier: extension(
    subjectKeyIdentifier,
    SubjectKeyIdentifier,
    new SubjectKeyIdentifier(new Uint8Array(20)),
  ),
  cRLNumber: extension(crlNumber, CRLNumber, new CRLNumber(7)),
  timeStamp: {
    specimens: [
      stamp({ accuracy: Object.assign(new ExactAccuracy(), { seconds: 1, millis: 5 }), ordering: true }),
      stamp({ nonce: new Uint8Array([1, 44]).buffer, tsa: url }),
    ],
    read: readTstInfo,
    schema: ExactTstInfo,
  },
});
