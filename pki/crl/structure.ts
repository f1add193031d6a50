import { type Cursor, constructedTag, readDer, tags } from "../der/cursor.ts";
import { readTime } from "../der/read-time.ts";
import { type AlgorithmIdentifier, readAlgorithm, sameAlgorithm } from "../x509/algorithm.ts";
import { type Extension, readExtensions } from "../x509/extension.ts";
import { type Name, readName } from "../x509/name.ts";
import type { ByteSource, Fed } from "./byte-source.ts";
import { type EntrySink, walkEntries } from "./entries.ts";
import { UnusableCrl } from "./unusable-crl.ts";

/** The part before a list's entries. */
export interface CrlHead {
  signatureAlgorithm: AlgorithmIdentifier;
  issuer: Name;
  thisUpdate: Date;
  nextUpdate: Date;
}

export interface ParsedCrl extends CrlHead {
  extensions: ReadonlyMap<string, Extension>;
  signature: Uint8Array;
}

/** Receives the parts of a list that are not stored. */
export interface CrlReceiver {
  /** Called with the head, before any entry; returns the receiver of the signed bytes, including those of the head. */
  begin(head: CrlHead): (signed: Uint8Array) => void;
  entries: EntrySink;
}

/** Far above the size of any part except the entries. */
const largestPart = 65_536;
/** Octets of a usual entry, or fewer. */
const usualEntry = 40;

/**
 * Parses the structure of a CertificateList of version 2 (RFC 5280 §5.1) to its last byte, without verification.
 * @param maxBytes the largest accepted list, compared with its first header
 * @throws UnusableCrl, NotDer, BadCertificate
 */
export function* parseCrl(source: ByteSource, maxBytes: number, receiver: CrlReceiver): Fed<ParsedCrl> {
  const outer = yield* source.header();
  const end = source.offset + outer.end;
  if (outer.tag !== tags.sequence) throw misshapen();
  if (end > maxBytes) throw new UnusableCrl(`The CRL is larger than ${maxBytes} bytes.`);
  source.at = outer.content;
  const tbs = yield* source.header();
  const tbsEnd = source.offset + tbs.end;
  if (tbs.tag !== tags.sequence || tbsEnd > end) throw misshapen();
  const pending: Uint8Array[] = [source.window.slice(tbs.start, tbs.content)];
  source.at = tbs.content;

  const part = function* <T>(what: string, read: (cursor: Cursor) => T): Fed<T> {
    const bytes = yield* source.whole(largestPart);
    pending.push(bytes);
    return readDer(bytes, `CRL's ${what}`, read);
  };
  yield* requireVersion2(source);
  yield* part("version", requireOne);
  const signatureAlgorithm = yield* part("signature algorithm", readAlgorithm);
  const issuer = yield* part("issuer", readName);
  const thisUpdate = yield* part("thisUpdate", readTime);
  yield* requireNextUpdate(source);
  const nextUpdate = yield* part("nextUpdate", readTime);
  const head = { signatureAlgorithm, issuer, thisUpdate, nextUpdate };
  const signed = receiver.begin(head);
  pending.forEach(signed);

  yield* entriesUpTo(source, tbsEnd, receiver.entries, signed);
  pending.length = 0;
  const extensions =
    source.position < tbsEnd ? yield* part("extensions", explicitExtensions) : new Map<string, Extension>();
  pending.forEach(signed);
  if (source.position !== tbsEnd) throw misshapen();

  const outerAlgorithm = readDer(
    yield* source.whole(largestPart),
    "CRL's signature algorithm",
    readAlgorithm,
  );
  if (!sameAlgorithm(outerAlgorithm, signatureAlgorithm))
    throw new UnusableCrl("The CRL has two different signature algorithms.");
  const signature = readDer(yield* source.whole(largestPart), "CRL's signature", (cursor) =>
    cursor.octetAlignedBits(),
  );
  if (source.position !== end || !(yield* source.ended()))
    throw new UnusableCrl("There are bytes after the end of the CRL.");
  return { ...head, extensions, signature };
}

/** revokedCertificates, if present: omitted if nothing is revoked (§5.1.2.6), or empty, which is equivalent. */
function* entriesUpTo(
  source: ByteSource,
  tbsEnd: number,
  sink: EntrySink,
  signed: (bytes: Uint8Array) => void,
): Fed<void> {
  if (source.position >= tbsEnd) return;
  const revoked = yield* source.header();
  if (revoked.tag !== tags.sequence) return;
  const end = source.offset + revoked.end;
  if (end > tbsEnd) throw misshapen();
  signed(source.window.subarray(revoked.start, revoked.content));
  source.at = revoked.content;
  sink.reserve?.(Math.ceil((revoked.end - revoked.content) / usualEntry));
  yield* walkEntries(source, end, sink, signed);
}

/** Version 1 is omitted (DEFAULT), and has no extensions: neither number nor scope. */
function* requireVersion2(source: ByteSource): Fed<void> {
  if ((yield* source.header()).tag === tags.sequence)
    throw new UnusableCrl("The CRL is of version 1, not of version 2.");
}

function requireOne(cursor: Cursor): void {
  if (cursor.smallInteger() !== 1) throw new UnusableCrl("The CRL is not of version 2.");
}

/** Optional in ASN.1, but required by RFC 5280 §5.1.2.5: without it an old list would be valid for ever. */
function* requireNextUpdate(source: ByteSource): Fed<void> {
  const { tag } = yield* source.header();
  if (tag !== tags.utcTime && tag !== tags.generalizedTime)
    throw new UnusableCrl("The CRL has no nextUpdate.");
}

function explicitExtensions(cursor: Cursor): Map<string, Extension> {
  const explicit = cursor.enter(constructedTag(0));
  const extensions = readExtensions(explicit);
  explicit.finish();
  return extensions;
}

const misshapen = (): UnusableCrl => new UnusableCrl("The CRL is not a DER CertificateList.");
