import { createHash, type KeyObject, timingSafeEqual, verify, X509Certificate } from "node:crypto";
import {
  Attribute,
  id_contentType,
  id_messageDigest,
  id_signedData,
  MessageDigest,
  SignedData,
  type SignerInfo,
} from "@peculiar/asn1-cms";
import {
  AsnArray,
  AsnConvert,
  AsnObjectIdentifierConverter,
  AsnProp,
  AsnPropTypes,
  AsnType,
  AsnTypeTypes,
} from "@peculiar/asn1-schema";
import {
  id_aa_signingCertificate,
  id_aa_signingCertificateV2,
  SigningCertificateV2,
} from "../../protocol/signing-certificate.ts";

/** Why a signature is not to be relied on. */
export type SignatureFlaw =
  | "MALFORMED"
  | "SIGNER_UNKNOWN"
  | "ATTRIBUTES_WRONG"
  | "DIGEST_WRONG"
  | "SIGNATURE_WRONG";

/** The signature does not hold. Nothing of what was signed is in the message. */
export class CmsInvalid extends Error {
  override name = "CmsInvalid";
  readonly flaw: SignatureFlaw;

  constructor(flaw: SignatureFlaw, message: string, options?: ErrorOptions) {
    super(message, options);
    this.flaw = flaw;
  }
}

/** ContentInfo with SignedData inside (RFC 5652 §3): one type, so that everything is read in one pass. */
export class SignedMessage {
  contentType = "";
  content = new SignedData();
}
AsnProp({ type: AsnPropTypes.ObjectIdentifier })(SignedMessage.prototype, "contentType");
AsnProp({ type: SignedData, context: 0 })(SignedMessage.prototype, "content");

/** The signed attributes under the SET OF tag, which is how they are signed (RFC 5652 §5.4). */
class SignedAttributes extends AsnArray<Attribute> {}
AsnType({ type: AsnTypeTypes.Set, itemType: Attribute })(SignedAttributes);

/** One signature that holds under the certificate it names; whether that certificate is trusted is another question. */
export interface CheckedSignature {
  content: Uint8Array;
  contentType: string;
  signer: X509Certificate;
  /** Every certificate that came with it, DER. */
  certificates: Uint8Array[];
  /** The values of a signed or unsigned attribute; empty where it is not there. */
  signed: (type: string) => Uint8Array[];
  unsigned: (type: string) => Uint8Array[];
  /** Whether anything is in it that the signature does not cover. */
  hasUnsigned: boolean;
  /** The signature itself. */
  signature: Uint8Array;
}

const largest = 98_304;
const mostCertificates = 8;
const hashes: Record<string, "sha256" | "sha384" | "sha512"> = {
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};
const sha1WithEss = "sha1";

/**
 * Checks a CMS signature with its content inside (RFC 5652 §5.4, §5.6): one signer, whose certificate is inside and is
 * the one that signing-certificate names (RFC 5035); content-type and message-digest as they must be; SHA-256 or more.
 * @param contentType what must have been signed
 * @throws CmsInvalid
 */
export function checkSignature(cms: Uint8Array, contentType: string): CheckedSignature {
  const { data, info } = read(cms, contentType);
  const content = new Uint8Array(data.encapContentInfo.eContent?.single?.buffer ?? new ArrayBuffer(0));
  const hash = hashes[info.digestAlgorithm.algorithm];
  if (!hash) throw new CmsInvalid("MALFORMED", "The digest algorithm is not SHA-256, SHA-384 or SHA-512.");
  const certificates = (data.certificates ?? []).map(({ certificate }) => {
    if (!certificate) throw new CmsInvalid("MALFORMED", "A certificate inside is not X.509.");
    return new Uint8Array(AsnConvert.serialize(certificate));
  });
  const signer = signerOf(data, info, certificates);
  const attributes = info.signedAttrs ?? [];
  checkAttributes(attributes, { contentType, signer, digest: createHash(hash).update(content).digest() });
  const tbs = new Uint8Array(AsnConvert.serialize(new SignedAttributes(attributes)));
  const signature = new Uint8Array(info.signature.buffer);
  if (!holds(hash, tbs, signer.publicKey, signature))
    throw new CmsInvalid("SIGNATURE_WRONG", "The signature is not one of its signer's key.");
  return {
    content,
    contentType,
    signer,
    certificates,
    signature,
    signed: (type) => valuesOf(attributes, type),
    unsigned: (type) => valuesOf(info.unsignedAttrs ?? [], type),
    hasUnsigned: (info.unsignedAttrs?.length ?? 0) > 0 || data.crls !== undefined,
  };
}

function read(cms: Uint8Array, contentType: string): { data: SignedData; info: SignerInfo } {
  if (cms.byteLength > largest) throw new CmsInvalid("MALFORMED", `The CMS is larger than ${largest} bytes.`);
  let message: SignedMessage;
  try {
    message = AsnConvert.parse(cms, SignedMessage);
  } catch (cause) {
    throw new CmsInvalid("MALFORMED", "This is no CMS SignedData.", { cause });
  }
  const { contentType: outer, content: data } = message;
  const [info, ...others] = data.signerInfos;
  if (outer !== id_signedData || data.encapContentInfo.eContentType !== contentType)
    throw new CmsInvalid("MALFORMED", "What is signed is of another type.");
  if (!data.encapContentInfo.eContent?.single)
    throw new CmsInvalid("MALFORMED", "The content is not inside.");
  if (!info || others.length > 0) throw new CmsInvalid("MALFORMED", "There is not exactly one signer.");
  if ((data.certificates?.length ?? 0) > mostCertificates)
    throw new CmsInvalid("MALFORMED", `There are more than ${mostCertificates} certificates inside.`);
  return { data, info };
}

/** The certificate the signer is named by, issuer and serial, once among those inside. */
function signerOf({ certificates }: SignedData, { sid }: SignerInfo, ders: Uint8Array[]): X509Certificate {
  const named = sid.issuerAndSerialNumber;
  if (!named) throw new CmsInvalid("SIGNER_UNKNOWN", "The signer is not named by issuer and serial number.");
  const [issuer, serial] = [AsnConvert.serialize(named.issuer), Buffer.from(named.serialNumber)];
  const found = ders.filter((_der, index) => {
    const tbs = certificates?.[index]?.certificate?.tbsCertificate;
    return (
      tbs !== undefined &&
      serial.equals(Buffer.from(tbs.serialNumber)) &&
      Buffer.from(issuer).equals(Buffer.from(AsnConvert.serialize(tbs.issuer)))
    );
  });
  const [der, ...others] = found;
  if (!der || others.length > 0)
    throw new CmsInvalid("SIGNER_UNKNOWN", "The signer's certificate is not, or not once, inside.");
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw new CmsInvalid("MALFORMED", "The signer's certificate cannot be read.", { cause });
  }
}

function checkAttributes(
  attributes: readonly Attribute[],
  { contentType, signer, digest }: { contentType: string; signer: X509Certificate; digest: Buffer },
): void {
  if (new Set(attributes.map(({ attrType }) => attrType)).size !== attributes.length)
    throw new CmsInvalid("ATTRIBUTES_WRONG", "A signed attribute occurs twice.");
  const wanted = Buffer.from(AsnObjectIdentifierConverter.toASN(contentType).toBER());
  if (!wanted.equals(onlyValue(attributes, id_contentType)))
    throw new CmsInvalid("ATTRIBUTES_WRONG", "The signed content-type is another than that of the content.");
  const signedDigest = parse(onlyValue(attributes, id_messageDigest), MessageDigest).buffer;
  if (!sameBytes(digest, new Uint8Array(signedDigest)))
    throw new CmsInvalid("DIGEST_WRONG", "The content is not what was signed.");
  const [hash, expected] = namedCertificate(attributes);
  if (!sameBytes(createHash(hash).update(signer.raw).digest(), expected))
    throw new CmsInvalid("ATTRIBUTES_WRONG", "The signature names another certificate than its signer's.");
}

/** The digest of the signer's certificate as it was signed: ESS version 2, or 1 (SHA-1), which time-stamps still have. */
function namedCertificate(attributes: readonly Attribute[]): [hash: string, digest: Uint8Array] {
  const [v1] = valuesOf(attributes, id_aa_signingCertificate);
  const [v2] = valuesOf(attributes, id_aa_signingCertificateV2);
  if (!v1 && !v2)
    throw new CmsInvalid("ATTRIBUTES_WRONG", "The signature does not name its signer's certificate.");
  const [id] = parse((v2 ?? v1)!, SigningCertificateV2).certs;
  const hash = v2 ? hashes[id?.hashAlgorithm?.algorithm ?? "2.16.840.1.101.3.4.2.1"] : sha1WithEss;
  if (!id || !hash)
    throw new CmsInvalid("ATTRIBUTES_WRONG", "The certificate is named by an unknown digest.");
  return [hash, new Uint8Array(id.certHash.buffer)];
}

function onlyValue(attributes: readonly Attribute[], type: string): Uint8Array {
  const [value, ...others] = valuesOf(attributes, type);
  if (!value || others.length > 0)
    throw new CmsInvalid("ATTRIBUTES_WRONG", `The signed attribute ${type} does not have exactly one value.`);
  return value;
}

const valuesOf = (attributes: readonly Attribute[], type: string): Uint8Array[] =>
  attributes
    .filter(({ attrType }) => attrType === type)
    .flatMap(({ attrValues }) => attrValues.map((value) => new Uint8Array(value)));

function parse<T>(der: Uint8Array, type: new () => T): T {
  try {
    return AsnConvert.parse(der, type);
  } catch (cause) {
    throw new CmsInvalid("MALFORMED", "An attribute cannot be read.", { cause });
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

function holds(hash: string, data: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify(hash, data, key, signature);
  } catch {
    return false;
  }
}
