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

/**
 * CMS SignedData (RFC 5652), DER, over `content`, which is inside it: one signer, the card's sign certificate
 * inside, signed attributes content-type and message-digest. The card signs once.
 */
export async function signWithCard(card: TappedCard, content: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const certificate = AsnConvert.parse(card.certificate, Certificate);
  const attributes = signedAttributes(await digest(content));
  const signature = await card.sign(await digest(derSetOf(attributes)));
  const signer = new SignerInfo({
    version: CMSVersion.v1,
    sid: new SignerIdentifier({
      issuerAndSerialNumber: new IssuerAndSerialNumber({
        issuer: certificate.tbsCertificate.issuer,
        serialNumber: certificate.tbsCertificate.serialNumber,
      }),
    }),
    digestAlgorithm: new DigestAlgorithmIdentifier({ algorithm: sha256 }),
    signedAttrs: attributes,
    signatureAlgorithm: new SignatureAlgorithmIdentifier({
      algorithm: sha256WithRsaEncryption,
      parameters: derNull(),
    }),
    signature: new OctetString(signature),
  });
  const signedData = new SignedData({
    version: CMSVersion.v1,
    digestAlgorithms: new DigestAlgorithmIdentifiers([new DigestAlgorithmIdentifier({ algorithm: sha256 })]),
    encapContentInfo: new EncapsulatedContentInfo({
      eContentType: id_data,
      eContent: new EncapsulatedContent({ single: new OctetString(content) }),
    }),
    certificates: new CertificateSet([new CertificateChoices({ certificate })]),
    signerInfos: new SignerInfos([signer]),
  });
  const info = new ContentInfo({ contentType: id_signedData, content: AsnConvert.serialize(signedData) });
  return new Uint8Array(AsnConvert.serialize(info));
}

function signedAttributes(messageDigest: Uint8Array): Attribute[] {
  const attributes = [
    new Attribute({
      attrType: id_contentType,
      attrValues: [new ObjectIdentifier({ value: id_data }).toBER()],
    }),
    new Attribute({
      attrType: id_messageDigest,
      attrValues: [AsnConvert.serialize(new OctetString(messageDigest))],
    }),
  ];
  return attributes.toSorted((a, b) => compare(AsnConvert.serialize(a), AsnConvert.serialize(b)));
}

/** What is signed is the attributes as a SET OF, not with the [0] tag they travel under (RFC 5652 §5.4). */
function derSetOf(attributes: Attribute[]): Uint8Array {
  const value = attributes.map((attribute) => fromBER(AsnConvert.serialize(attribute)).result);
  return new Uint8Array(new Asn1Set({ value }).toBER());
}

/** The order of a SET OF in DER: by the encodings, as octet strings (X.690 §11.6). */
function compare(a: ArrayBuffer, b: ArrayBuffer): number {
  const [left, right] = [new Uint8Array(a), new Uint8Array(b)];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

const digest = async (bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes)));

const derNull = (): ArrayBuffer => Uint8Array.from([0x05, 0x00]).buffer;
