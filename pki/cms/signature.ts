import { hexOf, sameBytes } from "../der/bytes.ts";
import { NotDer, readDer } from "../der/cursor.ts";
import {
  algorithmName,
  digestHash,
  type Hash,
  type SignatureScheme,
  signatureScheme,
} from "../x509/algorithm.ts";
import type { Certificate } from "../x509/certificate.ts";
import type { SignatureCheck } from "../x509/signature.ts";
import { attributeTypes } from "./attribute-types.ts";
import {
  type Attribute,
  idData,
  readSignedData,
  type SignedData,
  type SignedDataLimits,
} from "./signed-data.ts";
import { CmsUnreadable } from "./unreadable.ts";

/** The fields of a CMS signature, not verified yet. */
export interface CmsSignature {
  /** The content, if attached. */
  attached?: Uint8Array;
  /** The signer's certificate. */
  signer: Certificate;
  /** Every certificate inside, including the signer's. */
  certificates: Certificate[];
  hash: Hash;
  /** The digest of the content under `hash` must equal this. */
  messageDigest: Uint8Array;
  /** The signature by the signer's key over the signed attributes. */
  check: SignatureCheck;
  /** The values of a signed or unsigned attribute, DER; empty if it is absent. */
  signed: (type: string) => readonly Uint8Array[];
  unsigned: (type: string) => readonly Uint8Array[];
  /** Whether the message has unsigned content. */
  hasUnsigned: boolean;
}

/**
 * Parses a CMS signature (RFC 5652 §5) within a strict profile: strict DER, one signer whose certificate is inside, SHA-256 or
 * stronger, RSA PKCS#1 v1.5 or ECDSA, signed attributes in DER order, each once, with one content-type, equal to that of the
 * content, and one message-digest. Neither digest nor signature is verified yet.
 * @param contentType the required content type
 * @throws CmsUnreadable; BadCertificate for a certificate inside that violates X.509
 */
export function readCmsSignature(
  cms: Uint8Array,
  contentType: string,
  limits: SignedDataLimits,
): CmsSignature {
  const data = orUnreadable(() => readSignedData(cms, limits));
  if (data.contentType !== contentType)
    throw new CmsUnreadable(
      "MALFORMED",
      `The content type is ${data.contentType}, not ${contentType === idData ? "id-data" : contentType}.`,
    );
  const { signerInfo } = data;
  checkVersions(data);
  const { hash, scheme } = algorithmsOf(data);
  const signer = findSigner(data);
  const { signed } = signerInfo;
  // A signature over the bare content could be passed off as one over attributes, and the reverse.
  if (!signed) throw new CmsUnreadable("ATTRIBUTES_WRONG", "The CMS has no signed attributes.");
  for (const attributes of [signed.attributes, signerInfo.unsigned]) requireOnce(attributes);
  const typeAttribute = onlyValue(signed.attributes, attributeTypes.contentType);
  const signedType = orUnreadable(() =>
    readDer(typeAttribute, "content-type", (value) => value.objectIdentifier()),
  );
  if (signedType !== contentType)
    throw new CmsUnreadable("ATTRIBUTES_WRONG", "The signed contentType is not that of the content.");
  const digestAttribute = onlyValue(signed.attributes, attributeTypes.messageDigest);
  const valuesOf = (attributes: readonly Attribute[]) => (wanted: string) =>
    attributes.find(({ type }) => type === wanted)?.values ?? [];
  return {
    ...(data.content && { attached: data.content }),
    signer,
    certificates: data.certificates,
    hash,
    messageDigest: orUnreadable(() =>
      readDer(digestAttribute, "message-digest", (value) => value.octetString()),
    ),
    check: { scheme, spki: signer.spki, data: signed.der, signature: signerInfo.signature },
    signed: valuesOf(signed.attributes),
    unsigned: valuesOf(signerInfo.unsigned),
    hasUnsigned: signerInfo.unsigned.length > 0 || data.hasCrls,
  };
}

function orUnreadable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotDer) throw new CmsUnreadable("MALFORMED", error.message, { cause: error });
    throw error;
  }
}

/**
 * RFC 5652 §5.1 and §5.3: 1 if the signer is identified by issuer and serial number, 3 by key identifier or for other content.
 */
function checkVersions({ version, contentType, signerInfo }: SignedData): void {
  const byKey = "keyId" in signerInfo.signer;
  const whole = byKey || contentType !== idData ? 3 : 1;
  if (signerInfo.version !== (byKey ? 3 : 1) || version !== whole)
    throw new CmsUnreadable(
      "MALFORMED",
      "The CMS version does not match its signer identifier (RFC 5652 §5.1, §5.3).",
    );
}

function algorithmsOf({ digestAlgorithms, signerInfo }: SignedData): { hash: Hash; scheme: SignatureScheme } {
  const hash = digestHash(signerInfo.digestAlgorithm);
  if (!hash)
    throw new CmsUnreadable(
      "MALFORMED",
      `The digest algorithm is ${algorithmName(signerInfo.digestAlgorithm)}, not SHA-256, SHA-384 or SHA-512.`,
    );
  if (!digestAlgorithms.some((algorithm) => digestHash(algorithm) === hash))
    throw new CmsUnreadable("MALFORMED", "The signer's digest algorithm is not among those of the CMS.");
  const scheme = signatureScheme(signerInfo.signatureAlgorithm, hash);
  if (!scheme)
    throw new CmsUnreadable(
      "MALFORMED",
      "The signature algorithm is not RSA PKCS#1 v1.5 or ECDSA with the same digest.",
    );
  return { hash, scheme };
}

/**
 * The certificate identified by the signer identifier: by issuer and serial number or by key identifier. The identifier is not
 * signed, so it must equal the issuer's name octet by octet: otherwise one signature would have many encodings.
 */
function findSigner({ certificates, signerInfo: { signer } }: SignedData): Certificate {
  const [found, ...others] = certificates.filter((certificate) =>
    "keyId" in signer
      ? certificate.subjectKeyId === hexOf(signer.keyId)
      : certificate.serial === signer.serial && sameBytes(certificate.issuer.der, signer.issuer.der),
  );
  if (!found || others.length > 0)
    throw new CmsUnreadable("SIGNER_UNKNOWN", "The CMS does not have the signer's certificate exactly once.");
  return found;
}

function requireOnce(attributes: readonly Attribute[]): void {
  if (new Set(attributes.map(({ type }) => type)).size !== attributes.length)
    throw new CmsUnreadable("ATTRIBUTES_WRONG", "An attribute occurs twice.");
}

/** The single value of a required signed attribute (RFC 5652 §11.1, §11.2). */
function onlyValue(attributes: readonly Attribute[], wanted: string): Uint8Array {
  const [value, ...others] = attributes.find(({ type }) => type === wanted)?.values ?? [];
  if (!value || others.length > 0)
    throw new CmsUnreadable(
      "ATTRIBUTES_WRONG",
      `The signed attribute ${wanted} does not have exactly one value.`,
    );
  return value;
}
