import {
  Attribute,
  CMSVersion,
  id_contentType,
  id_data,
  id_messageDigest,
  id_signedData,
  MessageDigest,
  SignedData,
  type SignerInfo,
} from "@peculiar/asn1-cms";
import {
  AsnArray,
  AsnObjectIdentifierConverter,
  AsnProp,
  AsnPropTypes,
  AsnType,
  AsnTypeTypes,
} from "@peculiar/asn1-schema";
import { describeCertificate, serialHex, type X509 } from "./certificate.ts";
import { encodeDer, NotDer, parseDer } from "./der.ts";
import { nameText } from "./name.ts";
import { digestHash, type Hash, signatureScheme } from "./signature.ts";

/** A signature by a card is 2 to 3 KB; the largest application still fits (protocol/application.ts). */
export const largestCms = 24_576;
/** The card's certificate, and room for a chain nobody needs. */
const mostCertificates = 4;
const mostAttributes = 16;

const idDataDer = Buffer.from(AsnObjectIdentifierConverter.toASN(id_data).toBER());

/** ContentInfo with SignedData inside (RFC 5652 §3): one type, so that everything is read in one pass. */
class SignedMessage {
  contentType = "";
  content = new SignedData();
}
AsnProp({ type: AsnPropTypes.ObjectIdentifier })(SignedMessage.prototype, "contentType");
AsnProp({ type: SignedData, context: 0 })(SignedMessage.prototype, "content");

/** The signed attributes under the SET OF tag, which is how they are signed (RFC 5652 §5.4). */
class SignedAttributes extends AsnArray<Attribute> {}
AsnType({ type: AsnTypeTypes.Set, itemType: Attribute })(SignedAttributes);

/** What a CMS signature says, before anything of it is believed. */
export interface SignedContent {
  /** The content when it is attached. */
  attached?: Uint8Array;
  certificate: X509;
  hash: Hash;
  scheme: NonNullable<ReturnType<typeof signatureScheme>>;
  /** The signed bytes: DER of the signed attributes. */
  signedAttributes: Uint8Array;
  messageDigest: Uint8Array;
  signature: Uint8Array;
}

/**
 * Reads CMS SignedData (RFC 5652 §5) as a card driver makes it, and nothing wider: strict DER, id-data, exactly one
 * signer, its certificate inside, SHA-256 or stronger, signed attributes in DER order with one contentType and one
 * messageDigest. Unsigned attributes and CRLs are refused rather than skipped: nobody needs them here, and without
 * them one signature has one encoding. Throws {@link NotDer} with the cause.
 */
export function readSignedData(cms: Uint8Array): SignedContent {
  if (cms.byteLength > largestCms) throw new NotDer(`The CMS is larger than ${largestCms} bytes.`);
  const { contentType, content: data } = parseDer(cms, SignedMessage, "CMS");
  if (contentType !== id_signedData) throw new NotDer("The CMS is not SignedData.");
  const { eContentType, eContent } = data.encapContentInfo;
  if (eContentType !== id_data) throw new NotDer("The content type is not id-data.");
  if (eContent && !eContent.single) throw new NotDer("The content is not an OCTET STRING.");
  if (data.crls) throw new NotDer("The CMS carries CRLs; the status is asked from the issuer.");

  const [signer, ...others] = data.signerInfos;
  if (!signer || others.length > 0) throw new NotDer("The CMS does not have exactly one signer.");
  const bySubjectKey = signer.sid.subjectKeyIdentifier !== undefined;
  const version = bySubjectKey ? CMSVersion.v3 : CMSVersion.v1;
  if (signer.version !== version || data.version !== version) {
    throw new NotDer("The CMS version does not go with its signer identifier (RFC 5652 §5.1, §5.3).");
  }

  const hash = digestHash(signer.digestAlgorithm);
  if (!hash) throw new NotDer("The digest algorithm is not SHA-256, SHA-384 or SHA-512.");
  if (!data.digestAlgorithms.some((algorithm) => digestHash(algorithm) === hash)) {
    throw new NotDer("The signer's digest algorithm is not among those of the CMS.");
  }
  const scheme = signatureScheme(signer.signatureAlgorithm, hash);
  if (!scheme)
    throw new NotDer("The signature algorithm is not RSA PKCS#1 v1.5 or ECDSA with the same digest.");

  return {
    ...(eContent?.single && { attached: new Uint8Array(eContent.single.buffer) }),
    certificate: findSigner(data, signer),
    hash,
    scheme,
    ...readSignedAttributes(signer),
    signature: new Uint8Array(signer.signature.buffer),
  };
}

/** The certificate the signer identifier names, by issuer and serial or by key identifier. */
function findSigner(data: SignedData, signer: SignerInfo): X509 {
  const choices = data.certificates ?? [];
  if (choices.length > mostCertificates)
    throw new NotDer(`The CMS has more than ${mostCertificates} certificates.`);
  const certificates = choices.map(({ certificate }) => {
    if (!certificate) throw new NotDer("The CMS has a certificate that is not X.509.");
    return describeCertificate(certificate);
  });
  const { issuerAndSerialNumber: byNumber, subjectKeyIdentifier: byKey } = signer.sid;
  const issuer = byNumber && nameText(byNumber.issuer);
  const serial = byNumber && serialHex(byNumber.serialNumber);
  const keyId = byKey && Buffer.from(byKey.buffer).toString("hex");
  const [found, ...others] = certificates.filter((certificate) =>
    keyId === undefined
      ? certificate.issuer === issuer && certificate.serial === serial
      : certificate.subjectKeyId === keyId,
  );
  if (!found || others.length > 0)
    throw new NotDer("The signer's certificate is not, or not once, in the CMS.");
  return found;
}

function readSignedAttributes(signer: SignerInfo): {
  signedAttributes: Uint8Array;
  messageDigest: Uint8Array;
} {
  if (signer.unsignedAttrs) throw new NotDer("The CMS carries unsigned attributes.");
  const attributes = signer.signedAttrs ?? [];
  // A signature over the bare content could be passed off as one over attributes, and the other way round.
  if (attributes.length === 0) throw new NotDer("The CMS has no signed attributes.");
  if (attributes.length > mostAttributes) throw new NotDer(`More than ${mostAttributes} signed attributes.`);
  if (new Set(attributes.map(({ attrType }) => attrType)).size !== attributes.length) {
    throw new NotDer("A signed attribute occurs twice.");
  }
  const encoded = attributes.map((attribute) => encodeDer(attribute));
  if (encoded.some((der, index) => index > 0 && Buffer.compare(encoded[index - 1] as Uint8Array, der) > 0)) {
    throw new NotDer("The signed attributes are not in DER order.");
  }
  if (!idDataDer.equals(onlyValue(attributes, id_contentType))) {
    throw new NotDer("The signed contentType is not that of the content.");
  }
  const digest = parseDer(onlyValue(attributes, id_messageDigest), MessageDigest, "messageDigest");
  return {
    signedAttributes: encodeDer(new SignedAttributes(attributes)),
    messageDigest: new Uint8Array(digest.buffer),
  };
}

/** The one value of an attribute that must be there (RFC 5652 §11.1, §11.2). */
function onlyValue(attributes: readonly Attribute[], type: string): Uint8Array {
  const [value, ...others] = attributes.find(({ attrType }) => attrType === type)?.attrValues ?? [];
  if (!value || others.length > 0)
    throw new NotDer(`The signed attribute ${type} does not have exactly one value.`);
  return new Uint8Array(value);
}
