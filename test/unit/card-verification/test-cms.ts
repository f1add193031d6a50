import { createHash, type KeyObject, sign } from "node:crypto";
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
import { AsnConvert, AsnObjectIdentifierConverter, OctetString } from "@peculiar/asn1-schema";
import { Certificate, SubjectKeyIdentifier } from "@peculiar/asn1-x509";
import { der, ecdsaWithSha384, keyIdOf } from "./test-pki.ts";

const digestOids = {
  sha1: "1.3.14.3.2.26",
  sha256: "2.16.840.1.101.3.4.2.1",
  sha384: "2.16.840.1.101.3.4.2.2",
} as const;
export const rsaEncryption = "1.2.840.113549.1.1.1";

/** OBJECT IDENTIFIER as an attribute's value. */
export const oidValue = (oid: string): ArrayBuffer => AsnObjectIdentifierConverter.toASN(oid).toBER();
export const octetsValue = (bytes: Uint8Array): ArrayBuffer => AsnConvert.serialize(new OctetString(bytes));

export const contentTypeAttribute = (oid = id_data): Attribute =>
  new Attribute({ attrType: id_contentType, attrValues: [oidValue(oid)] });
export const digestAttribute = (content: Uint8Array, hash = "sha256"): Attribute =>
  new Attribute({
    attrType: id_messageDigest,
    attrValues: [octetsValue(createHash(hash).update(content).digest())],
  });

/** DER of SET OF Attribute as it is signed; the caller decides about the order. */
export const attributeSet = (attributes: Attribute[]): Buffer => {
  const body = Buffer.concat(attributes.map((attribute) => der(attribute)));
  const header = body.length < 0x80 ? [0x31, body.length] : [0x31, 0x81, body.length];
  return Buffer.concat([Buffer.from(header), body]);
};

export interface CmsOptions {
  content: Uint8Array;
  certificate: Uint8Array;
  privateKey: KeyObject;
  publicKey: KeyObject;
  detached?: boolean;
  byKeyId?: boolean;
  hash?: keyof typeof digestOids;
  algorithm?: string;
  /** In this order; absent: contentType and messageDigest. `[]`: none at all. */
  attributes?: Attribute[];
  unsigned?: Attribute[];
  certificates?: Uint8Array[];
  signature?: Uint8Array;
  contentType?: string;
  signers?: number;
  edit?: (data: SignedData) => void;
}

/** CMS SignedData (RFC 5652) with every mistake one may want to make. */
export function makeCms(options: CmsOptions): Buffer {
  const { content, hash = "sha256", privateKey } = options;
  const attributes = options.attributes ?? [
    contentTypeAttribute(options.contentType),
    digestAttribute(content, hash),
  ];
  const signed = attributes.length > 0 ? attributeSet(attributes) : content;
  const digestAlgorithm = { algorithm: digestOids[hash], parameters: null };
  const algorithm =
    options.algorithm ?? (privateKey.asymmetricKeyType === "ec" ? ecdsaWithSha384 : rsaEncryption);
  const { tbsCertificate } = AsnConvert.parse(options.certificate, Certificate);
  const version = options.byKeyId ? CMSVersion.v3 : CMSVersion.v1;
  const signer = new SignerInfo({
    version,
    sid: new SignerIdentifier(
      options.byKeyId
        ? { subjectKeyIdentifier: new SubjectKeyIdentifier(keyIdOf(options.publicKey)) }
        : {
            issuerAndSerialNumber: new IssuerAndSerialNumber({
              issuer: tbsCertificate.issuer,
              serialNumber: tbsCertificate.serialNumber,
            }),
          },
    ),
    digestAlgorithm: new DigestAlgorithmIdentifier(digestAlgorithm),
    ...(attributes.length > 0 && { signedAttrs: attributes }),
    signatureAlgorithm: new SignatureAlgorithmIdentifier(
      algorithm === ecdsaWithSha384 ? { algorithm } : { algorithm, parameters: null },
    ),
    signature: new OctetString(options.signature ?? sign(hash, signed, privateKey)),
    ...(options.unsigned && { unsignedAttrs: options.unsigned }),
  });
  const data = new SignedData({
    version,
    digestAlgorithms: new DigestAlgorithmIdentifiers([new DigestAlgorithmIdentifier(digestAlgorithm)]),
    encapContentInfo: new EncapsulatedContentInfo({
      eContentType: options.contentType ?? id_data,
      ...(!options.detached && { eContent: new EncapsulatedContent({ single: new OctetString(content) }) }),
    }),
    certificates: new CertificateSet(
      (options.certificates ?? [options.certificate]).map(
        (certificate) => new CertificateChoices({ certificate: AsnConvert.parse(certificate, Certificate) }),
      ),
    ),
    signerInfos: new SignerInfos(Array.from({ length: options.signers ?? 1 }, () => signer)),
  });
  options.edit?.(data);
  return der(new ContentInfo({ contentType: id_signedData, content: AsnConvert.serialize(data) }));
}
