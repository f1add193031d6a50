import { hexOf, sameBytes } from "../der/bytes.ts";
import { Cursor, NotDer, tags } from "../der/cursor.ts";
import { decodeText, isText } from "../der/text.ts";

/** One attribute of a name: its type, and its value as tag and content. */
export interface NameAttribute {
  type: string;
  tag: number;
  content: Uint8Array;
}

const shortNames: Record<string, string> = {
  "2.5.4.3": "CN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.65": "pseudonym",
};

/** A distinguished name (RFC 5280 §4.1.2.4) as encoded. */
export class Name {
  readonly der: Uint8Array;
  readonly rdns: readonly (readonly NameAttribute[])[];
  #text: string | undefined;
  #comparable: string[] | undefined;

  constructor(der: Uint8Array, rdns: readonly (readonly NameAttribute[])[]) {
    this.der = der;
    this.rdns = rdns;
  }

  /**
   * The name as text, in the order of its encoding (`C=JP, O=JPKI, OU=…`) with the escapes of RFC 4514. Two names with the same
   * text are the same name except for the string types of their parts.
   */
  get text(): string {
    this.#text ??= this.rdns
      .map((parts) => parts.map((part) => `${shortNames[part.type] ?? part.type}=${escaped(part)}`).join("+"))
      .join(", ");
    return this.#text;
  }

  /** The values of one attribute type, by its short name, in order. */
  values(short: string): string[] {
    return this.rdns
      .flat()
      .filter(({ type }) => shortNames[type] === short)
      .map(valueText);
  }

  /** The values of one attribute type, by its object identifier, in order. */
  valuesOf(oid: string): string[] {
    return this.rdns
      .flat()
      .filter(({ type }) => type === oid)
      .map(valueText);
  }

  /** Each RDN in a form that is equal for equal RDNs (RFC 5280 §7.1). */
  get comparable(): readonly string[] {
    this.#comparable ??= this.rdns.map((parts) => parts.map(comparablePart).toSorted().join("+"));
    return this.#comparable;
  }
}

/** Consumes a Name; RDNs and their values are checked. @throws NotDer */
export function readName(cursor: Cursor, tag: number = tags.sequence): Name {
  const start = cursor.at;
  const rdnSequence = cursor.enter(tag);
  const rdns: NameAttribute[][] = [];
  while (!rdnSequence.ended) rdns.push(readRdn(rdnSequence.any()));
  return new Name(cursor.bytes.subarray(start, cursor.at), rdns);
}

/**
 * More consecutive combining marks than any writing has (UAX #15 §13, stream-safe text); half-width sound marks become
 * combining marks. Sorting them takes quadratic time, a second for 40,000.
 */
const tooManyMarks = /[\p{M}\uff9e\uff9f]{31}/u;

/** RelativeDistinguishedName, whose SET OF order was checked. @throws NotDer */
export function readRdn(der: Uint8Array): NameAttribute[] {
  const parts = rdnAttributes(der);
  if (parts.length === 0) throw new NotDer("a relative distinguished name without attributes");
  for (const { tag, content } of parts)
    if (isText(tag) && tooManyMarks.test(decodeText(tag, content)))
      throw new NotDer("a name with more than 30 combining marks in a row");
  return parts;
}

/** The attributes of an RDN as encoded: in any order, possibly none, and possibly with invalid text. @throws NotDer */
export function rdnAttributes(der: Uint8Array): NameAttribute[] {
  const set = new Cursor(der).enter(tags.set);
  const parts: NameAttribute[] = [];
  while (!set.ended) {
    const pair = set.enter();
    const type = pair.objectIdentifier();
    const { tag } = pair;
    const value = new Cursor(pair.any());
    parts.push({ type, tag, content: value.content(tag) });
    pair.finish();
  }
  return parts;
}

/** Whether two names are equal for name chaining and name constraints (RFC 5280 §7.1). */
export function sameName(one: Name, other: Name): boolean {
  if (sameBytes(one.der, other.der)) return true;
  if (one.rdns.length !== other.rdns.length) return false;
  const [left, right] = [one.comparable, other.comparable];
  return left.every((rdn, index) => rdn === right[index]);
}

/** Whether `name` is `base` or below it in the directory (RFC 5280 §4.2.1.10). */
export function isWithin(name: Name, base: Name): boolean {
  const [inner, outer] = [name.comparable, base.comparable];
  return outer.length <= inner.length && outer.every((rdn, index) => rdn === inner[index]);
}

/** A value that is not text is represented by its content in hex (RFC 4514 §2.4). */
const valueText = ({ tag, content }: NameAttribute): string =>
  isText(tag) ? decodeText(tag, content) : `#${hexOf(content)}`;

function escaped(part: NameAttribute): string {
  return valueText(part)
    .replaceAll(/[\\",+;<>=]/g, String.raw`\$&`)
    .replaceAll(/^[ #]| $/g, String.raw`\$&`);
}

/** Ignores letter case, runs of white space and the string type (RFC 4518, as required by RFC 5280 §7.1). */
function comparablePart(part: NameAttribute): string {
  const { type, tag, content } = part;
  if (!isText(tag)) return `${type}=#${tag}:${hexOf(content)}`;
  const prepared = decodeText(tag, content).normalize("NFKC").toLowerCase().trim().replaceAll(/\s+/g, " ");
  return `${type}=${JSON.stringify(prepared)}`;
}
