import { describeCrl } from "../crl/describe.ts";
import { UnusableCrl } from "../crl/unusable-crl.ts";
import { type Cursor, constructedTag, NotDer, primitiveTag, readDer, tags } from "../der/cursor.ts";
import { type AlgorithmIdentifier, readAlgorithm } from "../x509/algorithm.ts";
import { type Certificate, certificateAt } from "../x509/certificate.ts";
import { type Name, readName } from "../x509/name.ts";
import { serialText } from "../x509/serial-number.ts";
import { CmsUnreadable } from "./unreadable.ts";

export const idData = "1.2.840.113549.1.7.1";
export const idSignedData = "1.2.840.113549.1.7.2";

/** Limits on a message, checked before anything is processed. */
export interface SignedDataLimits {
  /** Octets of the whole message. */
  octets: number;
  certificates: number;
  /** The most signed attributes, and the most unsigned ones. */
  attributes: number;
}

/** An attribute (RFC 5652 §5.3): the DER of each of its values. */
export interface Attribute {
  type: string;
  values: Uint8Array[];
}

/** The signer's identifier: issuer and serial number, or key identifier (RFC 5652 §5.3). */
export type SignerIdentifier = { issuer: Name; serial: string } | { keyId: Uint8Array };

export interface SignerInfo {
  version: number;
  signer: SignerIdentifier;
  digestAlgorithm: AlgorithmIdentifier;
  /** Absent if there are none. `der` is their SET OF, which is signed (RFC 5652 §5.4). */
  signed?: { der: Uint8Array; attributes: Attribute[] };
  signatureAlgorithm: AlgorithmIdentifier;
  signature: Uint8Array;
  unsigned: Attribute[];
}

/** SignedData (RFC 5652 §5.1) with exactly one signer, not verified yet. */
export interface SignedData {
  version: number;
  digestAlgorithms: AlgorithmIdentifier[];
  contentType: string;
  /** The content, if attached. */
  content?: Uint8Array;
  certificates: Certificate[];
  /** Whether it has CRLs or other revocation information. */
  hasCrls: boolean;
  signerInfo: SignerInfo;
}

/** The most digest algorithms in a message; its one signer uses one. */
const mostDigestAlgorithms = 8;

/**
 * Parses a ContentInfo with SignedData of one signer (RFC 5652 §3, §5), in strict DER except for the order of the certificates,
 * which signers write as a chain.
 * @throws NotDer, CmsUnreadable with the cause
 * @throws BadCertificate for a certificate inside that violates X.509
 */
export function readSignedData(cms: Uint8Array, limits: SignedDataLimits): SignedData {
  if (cms.byteLength > limits.octets) throw malformed(`The CMS is larger than ${limits.octets} bytes.`);
  return readDer(cms, "CMS", (cursor) => {
    const info = cursor.enter();
    if (info.objectIdentifier() !== idSignedData) throw malformed("The CMS is not SignedData.");
    const explicit = info.enter(constructedTag(0));
    info.finish();
    const data = readContent(explicit.enter(), limits);
    explicit.finish();
    return data;
  });
}

const malformed = (message: string): CmsUnreadable => new CmsUnreadable("MALFORMED", message);

function readContent(data: Cursor, limits: SignedDataLimits): SignedData {
  const version = data.smallInteger();
  const digestAlgorithms: AlgorithmIdentifier[] = [];
  const set = new CursorOfSet(data.enter(tags.set));
  while (set.next(mostDigestAlgorithms, "digest algorithms"))
    digestAlgorithms.push(readAlgorithm(set.cursor));
  const encapsulated = data.enter();
  const contentType = encapsulated.objectIdentifier();
  const explicit = encapsulated.enterIf(constructedTag(0));
  const content = explicit?.octetString();
  explicit?.finish();
  encapsulated.finish();
  const certificates = readCertificates(data, limits.certificates);
  const hasCrls = passRevocationInfo(data);
  const signers = data.enter(tags.set);
  if (signers.ended) throw malformed("The CMS does not have exactly one signer.");
  const signerInfo = readSignerInfo(signers.enter(), limits.attributes);
  if (!signers.ended) throw malformed("The CMS does not have exactly one signer.");
  data.finish();
  return {
    version,
    digestAlgorithms,
    contentType,
    ...(content && { content }),
    certificates,
    hasCrls,
    signerInfo,
  };
}

function readCertificates(data: Cursor, most: number): Certificate[] {
  const set = data.enterIf(constructedTag(0));
  const certificates: Certificate[] = [];
  if (!set) return certificates;
  while (!set.ended) {
    if (certificates.length === most) throw malformed(`The CMS has more than ${most} certificates.`);
    if (set.tag !== tags.sequence) throw malformed("The CMS has a certificate that is not X.509.");
    certificates.push(certificateAt(set));
  }
  return certificates;
}

/** Skips RevocationInfoChoices (RFC 5652 §10.2.1): not used here, but malformed ones are refused. */
function passRevocationInfo(data: Cursor): boolean {
  const set = data.enterIf(constructedTag(1));
  if (!set) return false;
  while (!set.ended) {
    if (set.tag === tags.sequence) {
      checkCrl(set.whole(tags.sequence));
      continue;
    }
    const other = set.enter(constructedTag(1));
    other.objectIdentifier();
    other.any();
    other.finish();
  }
  return true;
}

function checkCrl(der: Uint8Array): void {
  try {
    describeCrl(der);
  } catch (error) {
    if (!(error instanceof UnusableCrl)) throw error;
    throw new CmsUnreadable("MALFORMED", `The CMS has an unusable CRL: ${error.message}`, { cause: error });
  }
}

function readSignerInfo(info: Cursor, mostAttributes: number): SignerInfo {
  const version = info.smallInteger();
  const signer = readSignerIdentifier(info);
  const digestAlgorithm = readAlgorithm(info);
  const signed = readSignedAttributes(info, mostAttributes);
  const signatureAlgorithm = readAlgorithm(info);
  const signature = info.octetString();
  const others = info.enterIf(constructedTag(1));
  const unsigned = others ? readAttributes(others, mostAttributes) : [];
  info.finish();
  return {
    version,
    signer,
    digestAlgorithm,
    ...(signed && { signed }),
    signatureAlgorithm,
    signature,
    unsigned,
  };
}

function readSignerIdentifier(info: Cursor): SignerIdentifier {
  if (info.tag === primitiveTag(0)) return { keyId: info.octetString(primitiveTag(0)) };
  const named = info.enter();
  const identifier = { issuer: readName(named), serial: serialText(named.integer()) };
  named.finish();
  return identifier;
}

/** Encoded under [0] and signed under the tag of SET OF. */
function readSignedAttributes(info: Cursor, most: number): SignerInfo["signed"] {
  if (info.tag !== constructedTag(0)) return undefined;
  const start = info.at;
  const attributes = readAttributes(info.enter(constructedTag(0)), most);
  // Copied, because slice() of a Buffer would share the caller's memory.
  const der = Uint8Array.from(info.bytes.subarray(start, info.at));
  der[0] = tags.set;
  return { der, attributes };
}

function readAttributes(cursor: Cursor, most: number): Attribute[] {
  const attributes: Attribute[] = [];
  const set = new CursorOfSet(cursor);
  while (set.next(most, "attributes")) {
    const attribute = set.cursor.enter();
    const type = attribute.objectIdentifier();
    const values: Uint8Array[] = [];
    const inner = new CursorOfSet(attribute.enter(tags.set));
    while (inner.next(most, "values of an attribute")) values.push(inner.cursor.any());
    attribute.finish();
    if (values.length === 0) throw new NotDer("an attribute without a value");
    attributes.push({ type, values });
  }
  if (attributes.length === 0) throw malformed("The CMS has an empty list of attributes.");
  return attributes;
}

/** Iterates over a SET OF: a limited number of members, each not less than the previous one (X.690 §11.6). */
class CursorOfSet {
  readonly cursor: Cursor;
  #count = 0;
  #before: Uint8Array | undefined;
  #start = 0;

  constructor(cursor: Cursor) {
    this.cursor = cursor;
  }

  next(most: number, what: string): boolean {
    const { cursor } = this;
    const passed = this.#count > 0 ? cursor.bytes.subarray(this.#start, cursor.at) : undefined;
    if (passed && this.#before && !comesAfter(this.#before, passed))
      throw malformed(`The CMS has ${what} that are not in DER order.`);
    this.#before = passed;
    if (cursor.ended) return false;
    if (this.#count === most) throw malformed(`The CMS has more than ${most} ${what}.`);
    this.#count += 1;
    this.#start = cursor.at;
    return true;
  }
}

function comesAfter(one: Uint8Array, two: Uint8Array): boolean {
  for (let index = 0; index < Math.min(one.length, two.length); index += 1) {
    const difference = (two[index] as number) - (one[index] as number);
    if (difference !== 0) return difference > 0;
  }
  return one.length <= two.length;
}
