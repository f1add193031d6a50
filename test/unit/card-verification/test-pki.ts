import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  CertificatePolicies,
  CRLDistributionPoints,
  DirectoryString,
  DistributionPoint,
  DistributionPointName,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_cRLDistributionPoints,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  OtherName,
  PolicyInformation,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";

export const sha256WithRsa = "1.2.840.113549.1.1.11";
export const ecdsaWithSha384 = "1.2.840.10045.4.3.3";
const agency = "Japan Agency for Local Authority Information Systems";
const typeOids: Record<string, string> = {
  CN: "2.5.4.3",
  C: "2.5.4.6",
  L: "2.5.4.7",
  O: "2.5.4.10",
  OU: "2.5.4.11",
};

export type Parts = readonly (readonly [string, string])[];

export const signCaName = (organization: string): Parts => [
  ["C", "JP"],
  ["O", organization],
  ["OU", "JPKI for digital signature"],
  ["OU", agency],
];
export const authCaName = (organization: string): Parts => [
  ["C", "JP"],
  ["O", organization],
  ["OU", "JPKI for user authentication"],
  ["OU", agency],
];
export const cityName = (city: string): Parts => [
  ["C", "JP"],
  ["O", "JPKI-TEST"],
  ["OU", "JPKI for digital signature"],
  ["OU", "CRL Distribution Points"],
  ["OU", "Tokyo-to"],
  ["CN", `${city} CRLDP`],
];

export const makeName = (parts: Parts): Name =>
  new Name(
    parts.map(
      ([type, value]) =>
        new RelativeDistinguishedName([
          new AttributeTypeAndValue({
            type: typeOids[type]!,
            value: new AttributeValue(type === "C" ? { printableString: value } : { utf8String: value }),
          }),
        ]),
    ),
  );

export const der = (value: object): Buffer => Buffer.from(AsnConvert.serialize(value));

export const extension = (extnID: string, value: object, critical = false): Extension =>
  new Extension({ extnID, critical, extnValue: new OctetString(der(value)) });

export interface KeyPair {
  publicKey: KeyObject;
  privateKey: KeyObject;
}
export const rsa = (bits = 2048): KeyPair => generateKeyPairSync("rsa", { modulusLength: bits });

export const spkiOf = (key: KeyObject): SubjectPublicKeyInfo =>
  AsnConvert.parse(key.export({ type: "spki", format: "der" }), SubjectPublicKeyInfo);

export const keyIdOf = (key: KeyObject): Buffer =>
  createHash("sha1")
    .update(new Uint8Array(spkiOf(key).subjectPublicKey))
    .digest();

export const nullAlgorithm = (algorithm: string): AlgorithmIdentifier =>
  new AlgorithmIdentifier(algorithm === ecdsaWithSha384 ? { algorithm } : { algorithm, parameters: null });

export interface CertificateOptions {
  issuer: Parts;
  subject: Parts;
  publicKey: KeyObject;
  signingKey: KeyObject;
  extensions: Extension[];
  serial?: number[];
  notBefore?: string;
  notAfter?: string;
  version?: Version;
  algorithm?: string;
  hash?: string;
}

export function makeCertificate(options: CertificateOptions): Buffer {
  const algorithm = nullAlgorithm(options.algorithm ?? sha256WithRsa);
  const tbsCertificate = new TBSCertificate({
    version: options.version ?? Version.v3,
    serialNumber: new Uint8Array(options.serial ?? [0x01, 0x23, 0x45]).buffer,
    signature: algorithm,
    issuer: makeName(options.issuer),
    validity: new Validity({
      notBefore: new Date(options.notBefore ?? "2025-04-01T00:00:00Z"),
      notAfter: new Date(options.notAfter ?? "2030-03-31T14:59:59Z"),
    }),
    subject: makeName(options.subject),
    subjectPublicKeyInfo: spkiOf(options.publicKey),
    ...(options.extensions.length > 0 && { extensions: new Extensions(options.extensions) }),
  });
  const signature = sign(options.hash ?? "sha256", der(tbsCertificate), options.signingKey);
  return der(
    new Certificate({
      tbsCertificate,
      signatureAlgorithm: algorithm,
      signatureValue: new Uint8Array(signature).buffer,
    }),
  );
}

export const pemOf = (certificate: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate)
    .toString("base64")
    .replaceAll(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;

/** A CA with a name of JPKI's shape, and what it issues. */
export class TestCa {
  readonly name: Parts;
  readonly keys: KeyPair;
  readonly keyId: Buffer;
  readonly certificate: Buffer;

  constructor(name: Parts, keys: KeyPair = rsa(), more: Partial<CertificateOptions> = {}, keyId?: Buffer) {
    this.name = name;
    this.keys = keys;
    this.keyId = keyId ?? keyIdOf(keys.publicKey);
    this.certificate = makeCertificate({
      issuer: name,
      subject: name,
      publicKey: keys.publicKey,
      signingKey: keys.privateKey,
      serial: [1],
      notBefore: "2023-07-16T00:00:00Z",
      notAfter: "2033-07-15T14:59:59Z",
      extensions: [
        extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign), true),
        extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }), true),
        extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(this.keyId)),
      ],
      ...more,
    });
  }

  get pem(): string {
    return pemOf(this.certificate);
  }

  /** A sign certificate of the profile; `replace` swaps extensions by their OID, `undefined` leaves one out. */
  issue(
    card: KeyPair,
    {
      replace = {},
      more = [],
      ...options
    }: Partial<CertificateOptions> & {
      replace?: Record<string, Extension | undefined>;
      more?: Extension[];
    } = {},
  ): Buffer {
    const extensions = signExtensions(card, this.keyId)
      .map((found) => (found.extnID in replace ? replace[found.extnID] : found))
      .filter((found) => found !== undefined);
    return makeCertificate({
      issuer: this.name,
      subject: [
        ["C", "JP"],
        ["L", "Tokyo-to"],
        ["L", "Chiyoda-ku"],
        ["CN", "20250401AbCdEfGh123456"],
      ],
      publicKey: card.publicKey,
      signingKey: this.keys.privateKey,
      extensions: [...extensions, ...more],
      ...options,
    });
  }
}

export const personNames: Record<number, string> = {
  1: "髙橋　花子",
  4: "319801231",
  3: "2",
  5: "東京都千代田区霞が関２丁目１番２号",
  2: "10000",
  6: "00000000000000000",
};

export const attributeNames = (texts: Record<number, string> = personNames): GeneralName[] =>
  [1, 4, 3, 5, 2, 6]
    .filter((number) => texts[number] !== undefined)
    .map(
      (number) =>
        new GeneralName({
          otherName: new OtherName({
            typeId: `1.2.392.200149.8.5.5.${number}`,
            value: AsnConvert.serialize(new DirectoryString({ utf8String: texts[number]! })),
          }),
        }),
    );

export const policies = (...ids: string[]): Extension =>
  extension(
    id_ce_certificatePolicies,
    new CertificatePolicies(ids.map((policyIdentifier) => new PolicyInformation({ policyIdentifier }))),
    true,
  );

export const distributionPoint = (name: Parts): DistributionPointName =>
  new DistributionPointName({ fullName: [new GeneralName({ directoryName: makeName(name) })] });

export const signExtensions = (card: KeyPair, caKeyId: Buffer): Extension[] => [
  extension(
    id_ce_keyUsage,
    new KeyUsage(KeyUsageFlags.digitalSignature | KeyUsageFlags.nonRepudiation),
    true,
  ),
  policies("1.2.392.200149.8.5.1.0.20"),
  extension(id_ce_subjectAltName, new SubjectAlternativeName(attributeNames())),
  extension(
    id_ce_cRLDistributionPoints,
    new CRLDistributionPoints([
      new DistributionPoint({ distributionPoint: distributionPoint(cityName("Chiyoda-ku")) }),
    ]),
  ),
  extension(
    id_ce_authorityKeyIdentifier,
    new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(caKeyId) }),
  ),
  extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyIdOf(card.publicKey))),
];
