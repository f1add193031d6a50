import {
  Attribute,
  CertificateChoices,
  CertificateSet,
  CMSVersion,
  ContentInfo,
  DigestAlgorithmIdentifier,
  DigestAlgorithmIdentifiers,
  EncapsulatedContent,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  id_contentType,
  id_data,
  id_messageDigest,
  id_signedData,
  SignatureAlgorithmIdentifier,
  SignedData,
  SignerIdentifier,
  SignerInfo,
  SignerInfos,
} from "@peculiar/asn1-cms";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";
import { Set as Asn1Set, fromBER, ObjectIdentifier } from "asn1js";
import type { TappedCard } from "./card/tap.ts";

const sha256 = "2.16.840.1.101.3.4.2.1";
const sha256WithRsaEncryption = "1.2.840.113549.1.1.11";

/** The signer of a CMS: its certificate (DER), signing function, and further content. */
export interface CmsSigner {
  certificate: Uint8Array;
  algorithm: SignatureAlgorithmIdentifier;
  /** Signs the DER of the signed attributes. */
  sign(signedAttributes: Uint8Array): Promise<Uint8Array>;
  /** Attributes in addition to content-type and message-digest. */
  attributes?: Attribute[];
  /** Certificates in addition to the signer's, DER. */
  chain?: Uint8Array[];
}

/**
 * CMS SignedData (RFC 5652), DER, with attached `content`: one signer, its certificate inside, signed attributes content-type
 * and message-digest (SHA-256) and the signer's further ones.
 */
export async function signedData(content: Uint8Array, signer: CmsSigner): Promise<Uint8Array<ArrayBuffer>> {
  const { certificate: der, algorithm, chain = [] } = signer;
  const certificate = AsnConvert.parse(der, Certificate);
  const attributes = signedAttributes(await digestOf(content), signer.attributes ?? []);
  const signature = await signer.sign(derSetOf(attributes));
  const info = new SignerInfo({
    version: CMSVersion.v1,
    sid: new SignerIdentifier({
      issuerAndSerialNumber: new IssuerAndSerialNumber({
        issuer: certificate.tbsCertificate.issuer,
        serialNumber: certificate.tbsCertificate.serialNumber,
      }),
    }),
    digestAlgorithm: new DigestAlgorithmIdentifier({ algorithm: sha256 }),
    signedAttrs: attributes,
    signatureAlgorithm: algorithm,
    signature: new OctetString(signature),
  });
  const certificates = [certificate, ...chain.map((each) => AsnConvert.parse(each, Certificate))];
  const data = new SignedData({
    version: CMSVersion.v1,
    digestAlgorithms: new DigestAlgorithmIdentifiers([new DigestAlgorithmIdentifier({ algorithm: sha256 })]),
    encapContentInfo: new EncapsulatedContentInfo({
      eContentType: id_data,
      eContent: new EncapsulatedContent({ single: new OctetString(content) }),
    }),
    certificates: new CertificateSet(
      certificates.map((each) => new CertificateChoices({ certificate: each })),
    ),
    signerInfos: new SignerInfos([info]),
  });
  const message = new ContentInfo({ contentType: id_signedData, content: AsnConvert.serialize(data) });
  return new Uint8Array(AsnConvert.serialize(message));
}

/** {@link signedData} by a card's sign certificate. The card signs once. */
export const signWithCard = (card: TappedCard, content: Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
  signedData(content, {
    certificate: card.certificate,
    algorithm: new SignatureAlgorithmIdentifier({
      algorithm: sha256WithRsaEncryption,
      parameters: derNull(),
    }),
    sign: async (attributes) => card.sign(await digestOf(attributes)),
  });

/** The attributes in the DER order of a SET OF. */
function signedAttributes(messageDigest: Uint8Array, more: Attribute[]): Attribute[] {
  const attributes = [
    new Attribute({
      attrType: id_contentType,
      attrValues: [new ObjectIdentifier({ value: id_data }).toBER()],
    }),
    new Attribute({
      attrType: id_messageDigest,
      attrValues: [AsnConvert.serialize(new OctetString(messageDigest))],
    }),
    ...more,
  ];
  return attributes.toSorted((a, b) => compare(AsnConvert.serialize(a), AsnConvert.serialize(b)));
}

/** The signature is over the attributes as a SET OF, not with the [0] tag of their encoding (RFC 5652 §5.4). */
function derSetOf(attributes: Attribute[]): Uint8Array {
  const value = attributes.map((attribute) => fromBER(AsnConvert.serialize(attribute)).result);
  return new Uint8Array(new Asn1Set({ value }).toBER());
}

/** The DER order of a SET OF: by the encodings, as octet strings (X.690 §11.6). */
function compare(a: ArrayBuffer, b: ArrayBuffer): number {
  const [left, right] = [new Uint8Array(a), new Uint8Array(b)];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

export const digestOf = async (bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes)));

const derNull = (): ArrayBuffer => Uint8Array.from([0x05, 0x00]).buffer;
