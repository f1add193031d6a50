import { createVerify } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AuthorityKeyIdentifier,
  type Extension,
  Extensions,
  IssuingDistributionPoint,
  id_ce_authorityKeyIdentifier,
  id_ce_cRLNumber,
  id_ce_issuingDistributionPoint,
  Name,
  Time,
} from "@peculiar/asn1-x509";
import { fromBER, Integer } from "asn1js";
import { sameAlgorithm } from "../card-verification/certificate.ts";
import { nameText, placeText } from "../card-verification/name.ts";
import { signatureScheme } from "../card-verification/signature.ts";
import { clockSkewSeconds } from "../x509/clock-skew.ts";
import type { TrustAnchor } from "../jpki/trust-anchors.ts";
import { ByteSource } from "./byte-source.ts";
import { walkEntries } from "./entries.ts";
import { SerialList } from "./serial-list.ts";
import { elementAt, UnusableCrl } from "./tlv.ts";

export interface CrlOptions {
  anchors: readonly TrustAnchor[];
  at: Date;
  /** The part that was asked for: subject key identifier of its CA (hex), and its name in certificates, as text. */
  expected: { issuerKeyId: string; distributionPoint?: string };
  /** The list that was taken before: an older one is refused. */
  after?: { number: bigint; thisUpdate: Date } | undefined;
  maxBytes?: number;
}

export interface ReadCrl {
  issuerKeyId: string;
  number: bigint;
  thisUpdate: Date;
  nextUpdate: Date;
  /** Serials and reasons, in the order of the list. */
  entries: SerialList;
}

const SEQUENCE = 0x30;
const EXTENSIONS = 0xa0;
const BIT_STRING = 0x03;
const times = [0x17, 0x18];
const largestPart = 65_536;
const defaultMaxBytes = 1_024 ** 3;

/**
 * Reads a CRL (RFC 5280 §5) while it arrives. What is signed is hashed as it passes, so memory holds the serials and
 * nothing else of the list; they mean something only because this returned: signed by the anchor of the part, in its
 * time, not older than the one before, for the part that was asked for, complete, nothing critical left unread.
 * @throws UnusableCrl with the reason why the list is not taken; what the transfer throws
 */
export async function readCrl(chunks: AsyncIterable<Uint8Array>, options: CrlOptions): Promise<ReadCrl> {
  const source = new ByteSource(chunks, options.maxBytes ?? defaultMaxBytes);
  try {
    return await read(source, options);
  } finally {
    await source.close();
  }
}

async function read(source: ByteSource, options: CrlOptions): Promise<ReadCrl> {
  const whole = await enter(source);
  const anchor = options.anchors.find(
    ({ use, keyId }) => use === "signature" && keyId === options.expected.issuerKeyId,
  );
  if (!anchor) throw new UnusableCrl("The list is of a CA that is not among the trust anchors.");

  const tbsHeader = await source.header();
  const tbsEnd = source.offset + tbsHeader.end;
  const head = source.window.slice(tbsHeader.start, tbsHeader.content);
  if (tbsHeader.tag !== SEQUENCE || tbsEnd > whole)
    throw new UnusableCrl("The list has not the shape of a CRL.");
  source.at = tbsHeader.content;

  const version = await source.whole(16);
  if (version.tag !== 0x02 || version.bytes.at(-1) !== 1)
    throw new UnusableCrl("The list is not a CRL of version 2.");
  const signature = await source.whole(largestPart);
  const algorithm = parse(signature.bytes, AlgorithmIdentifier, "signature algorithm");
  const scheme = signatureScheme(algorithm);
  if (!scheme || scheme.key !== anchor.publicKey.asymmetricKeyType)
    throw new UnusableCrl("The list is signed with an algorithm that is not taken.");
  const signed = createVerify(scheme.hash);
  for (const bytes of [head, version.bytes, signature.bytes]) signed.update(bytes);
  const take = async (limit = largestPart) => {
    const part = await source.whole(limit);
    signed.update(part.bytes);
    return part;
  };

  const issuer = parse((await take()).bytes, Name, "issuer");
  if (nameText(issuer) !== anchor.subject)
    throw new UnusableCrl("The list is from another CA than its part.");
  const thisUpdate = timeOf(await take());
  const nextUpdate = timeOf(await take());
  checkTimes({ thisUpdate, nextUpdate }, options);

  let entries = new SerialList();
  if (source.position < tbsEnd && (await source.header()).tag === SEQUENCE) {
    const revoked = await source.header();
    const end = source.offset + revoked.end;
    if (end > tbsEnd) throw new UnusableCrl("The list has not the shape of a CRL.");
    signed.update(source.window.subarray(revoked.start, revoked.content));
    source.at = revoked.content;
    entries = new SerialList(Math.min(2_000_000, Math.ceil((revoked.end - revoked.content) / 40)));
    await walkEntries(source, end, entries, (bytes) => signed.update(bytes));
  }
  const extensions = source.position < tbsEnd ? extensionsOf(await take(largestPart)) : [];
  if (source.position !== tbsEnd) throw new UnusableCrl("The list has something after its extensions.");
  const number = checkExtensions(extensions, options);

  const outer = parse((await source.whole(largestPart)).bytes, AlgorithmIdentifier, "signature algorithm");
  if (!sameAlgorithm(outer, algorithm)) throw new UnusableCrl("The list names two signature algorithms.");
  const value = await source.whole(largestPart);
  const content = elementAt(value.bytes, 0)?.content ?? 0;
  if (value.tag !== BIT_STRING || value.bytes[content] !== 0)
    throw new UnusableCrl("The list has no signature.");
  if (source.position !== whole || !(await source.ended()))
    throw new UnusableCrl("Something stands after the end of the list.");
  if (!signed.verify(anchor.publicKey, value.bytes.subarray(content + 1)))
    throw new UnusableCrl("The list is not signed by the CA of its part.");
  return { issuerKeyId: anchor.keyId, number, thisUpdate, nextUpdate, entries };
}

/** Steps into the outermost SEQUENCE; returns where it ends. */
async function enter(source: ByteSource): Promise<number> {
  const { tag, content, end } = await source.header();
  if (tag !== SEQUENCE) throw new UnusableCrl("The list has not the shape of a CRL.");
  source.at = content;
  return source.offset + end;
}

function parse<T>(bytes: Uint8Array, type: new () => T, what: string): T {
  try {
    return AsnConvert.parse(bytes, type);
  } catch {
    throw new UnusableCrl(`The list's ${what} cannot be read.`);
  }
}

function timeOf({ tag, bytes }: { tag: number; bytes: Uint8Array }): Date {
  if (!times.includes(tag)) throw new UnusableCrl("The list does not say when it ends.");
  return parse(bytes, Time, "time").getTime();
}

function checkTimes(
  { thisUpdate, nextUpdate }: Pick<ReadCrl, "thisUpdate" | "nextUpdate">,
  { at, after }: CrlOptions,
): void {
  if (!(thisUpdate.getTime() <= at.getTime() + clockSkewSeconds * 1_000))
    throw new UnusableCrl("The list is from the future.");
  if (!(nextUpdate > at)) throw new UnusableCrl("The list has ended (nextUpdate).");
  if (after && thisUpdate < after.thisUpdate) throw new UnusableCrl("The list is older than the one before.");
}

function extensionsOf({ tag, bytes }: { tag: number; bytes: Uint8Array }): Extension[] {
  if (tag !== EXTENSIONS) throw new UnusableCrl("The list has not the shape of a CRL.");
  return [...parse(bytes.subarray(elementAt(bytes, 0)?.content), Extensions, "extensions")];
}

/** Generation, number and scope (RFC 5280 §5.2). Delta lists are refused as critical and unknown. */
function checkExtensions(extensions: Extension[], { expected, after }: CrlOptions): bigint {
  const understood = [id_ce_issuingDistributionPoint, id_ce_authorityKeyIdentifier, id_ce_cRLNumber];
  const unknown = extensions.find(({ critical, extnID }) => critical && !understood.includes(extnID));
  if (unknown) throw new UnusableCrl(`The list has the unknown critical extension ${unknown.extnID}.`);
  const one = <T>(oid: string, type: new () => T): T | undefined => {
    const [found, ...others] = extensions.filter(({ extnID }) => extnID === oid);
    if (others.length > 0) throw new UnusableCrl(`The list has the extension ${oid} twice.`);
    return found && parse(new Uint8Array(found.extnValue.buffer), type, `extension ${oid}`);
  };
  const key = one(id_ce_authorityKeyIdentifier, AuthorityKeyIdentifier)?.keyIdentifier;
  if (key && Buffer.from(key.buffer).toString("hex") !== expected.issuerKeyId)
    throw new UnusableCrl("The list is from another generation of the CA than its part.");
  checkScope(one(id_ce_issuingDistributionPoint, IssuingDistributionPoint), expected.distributionPoint);
  const number = numberOf(extensions);
  if (after && number < after.number) throw new UnusableCrl("The list is older than the one before.");
  return number;
}

/** CRLNumber (RFC 5280 §5.2.3) may have 20 octets: more than the class of the library holds. */
function numberOf(extensions: Extension[]): bigint {
  const [found, ...others] = extensions.filter(({ extnID }) => extnID === id_ce_cRLNumber);
  const { result } = found ? fromBER(found.extnValue.buffer) : {};
  if (others.length > 0 || !(result instanceof Integer)) throw new UnusableCrl("The list has no number.");
  return result.toBigInt();
}

function checkScope(scope: IssuingDistributionPoint | undefined, expected: string | undefined): void {
  if (!scope) return;
  const { onlyContainsCACerts, onlyContainsAttributeCerts, indirectCRL, onlySomeReasons } = scope;
  if (onlyContainsCACerts || onlyContainsAttributeCerts || indirectCRL || onlySomeReasons)
    throw new UnusableCrl("The list does not cover the certificates of persons for all reasons.");
  const places = (scope.distributionPoint?.fullName ?? []).map(placeText);
  if (expected !== undefined && scope.distributionPoint && !places.includes(expected))
    throw new UnusableCrl("The list is for another part (city) than was asked for.");
}
