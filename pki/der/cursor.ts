import { NotDer } from "./not-der.ts";
import { decodeObjectIdentifier } from "./object-identifier.ts";
import { tags } from "./tags.ts";
import { checkTime } from "./time.ts";

export { NotDer } from "./not-der.ts";
export { constructedTag, primitiveTag, tags } from "./tags.ts";

const hexOctet = (octet: number): string => `0x${octet.toString(16).padStart(2, "0")}`;

/** The content of a BIT STRING: its octets, and the number of unused bits in the last one. */
export interface Bits {
  bytes: Uint8Array;
  unused: number;
}

/**
 * A position in DER that advances element by element (X.690 §8 to §11): definite lengths in the fewest octets, primitive types
 * in their canonical form, nothing after the end. Returned values share memory with the input. All DER of the engine and its
 * SDKs is parsed here (docs/decisions/0026). Runs in Node and in browsers.
 *
 * Every method throws {@link NotDer} if the next element is not the requested one, or not DER.
 */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  /** Start of the next element. */
  at: number;
  /** Start of the content of the last consumed element; its end is `at`. */
  #content = 0;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** Whether the end is reached. */
  get ended(): boolean {
    return this.at === this.end;
  }

  /** The identifier octet of the next element; -1 at the end. */
  get tag(): number {
    return this.at < this.end ? (this.bytes[this.at] as number) : -1;
  }

  /** Refuses remaining bytes. */
  finish(): void {
    if (this.at !== this.end) throw this.#wrong("bytes after the last element");
  }

  /** Consumes an element of this tag and returns its content. */
  content(tag: number): Uint8Array {
    this.#pass(tag);
    return this.bytes.subarray(this.#content, this.at);
  }

  /** Consumes a constructed element of this tag; the returned cursor iterates over its content. */
  enter(tag: number = tags.sequence): Cursor {
    this.#pass(tag);
    return new Cursor(this.bytes, this.#content, this.at);
  }

  /** {@link enter} if the next element has this tag; otherwise consumes nothing. */
  enterIf(tag: number): Cursor | undefined {
    return this.tag === tag ? this.enter(tag) : undefined;
  }

  /** Consumes an element of this tag and returns all of it, header and content. The content is not checked. */
  whole(tag: number): Uint8Array {
    const start = this.at;
    this.#pass(tag);
    return this.bytes.subarray(start, this.at);
  }

  /** Consumes one element of any type, checks every element inside it, and returns all of it. */
  any(): Uint8Array {
    const start = this.at;
    this.#walk(0);
    return this.bytes.subarray(start, this.at);
  }

  boolean(tag: number = tags.boolean): boolean {
    this.#pass(tag);
    return this.#boolean();
  }

  /** BOOLEAN DEFAULT FALSE: absent is false, and an encoded FALSE is refused (X.690 §11.5). */
  booleanOrFalse(tag: number = tags.boolean): boolean {
    if (this.tag !== tag) return false;
    if (!this.boolean(tag)) throw this.#wrong("a default value is encoded");
    return true;
  }

  /** Content of an INTEGER: two's complement in the fewest octets (X.690 §8.3). */
  integer(tag: number = tags.integer): Uint8Array {
    this.#pass(tag);
    this.#checkInteger();
    return this.bytes.subarray(this.#content, this.at);
  }

  /** An INTEGER or ENUMERATED between 0 and 2^31 - 1. */
  smallInteger(tag: number = tags.integer): number {
    const content = this.integer(tag);
    let value = 0;
    for (const octet of content) value = value * 256 + octet;
    if ((content[0] as number) >= 0x80 || value > 0x7f_ff_ff_ff)
      throw this.#wrong("an integer is out of range");
    return value;
  }

  null(): void {
    this.#pass(tags.null);
    if (this.#content !== this.at) throw this.#wrong("a NULL has content");
  }

  /** An OBJECT IDENTIFIER in dotted decimal. */
  objectIdentifier(tag: number = tags.objectIdentifier): string {
    this.#pass(tag);
    return this.#objectIdentifier();
  }

  octetString(tag: number = tags.octetString): Uint8Array {
    return this.content(tag);
  }

  bitString(tag: number = tags.bitString): Bits {
    this.#pass(tag);
    this.#checkBits();
    return {
      bytes: this.bytes.subarray(this.#content + 1, this.at),
      unused: this.bytes[this.#content] as number,
    };
  }

  /** A BIT STRING of whole octets: keys and signatures. */
  octetAlignedBits(): Uint8Array {
    const { bytes, unused } = this.bitString();
    if (unused !== 0) throw this.#wrong("a BIT STRING of octets has unused bits");
    return bytes;
  }

  /** A BIT STRING with named bits: trailing zero bits are not encoded (X.690 §11.2.2). Bit n is the nth of the number. */
  namedBits(tag: number = tags.bitString): number {
    const { bytes, unused } = this.bitString(tag);
    const last = bytes.at(-1);
    if (bytes.length > 4 || (last !== undefined && ((last >> unused) & 1) === 0))
      throw this.#wrong("named bits are not in their shortest form");
    let flags = 0;
    for (let bit = 0; bit < bytes.length * 8; bit += 1)
      if (((bytes[bit >> 3] as number) >> (7 - (bit & 7))) & 1) flags |= 1 << bit;
    return flags;
  }

  /** Consumes the header of the next element: sets the start of its content, and moves past it. */
  #pass(tag: number): void {
    const { bytes, at, end } = this;
    if (at + 2 > end) throw this.#wrong(`${at === end ? "missing" : "truncated"} element ${hexOctet(tag)}`);
    if (bytes[at] !== tag)
      throw this.#wrong(`tag ${hexOctet(bytes[at] as number)} instead of ${hexOctet(tag)}`);
    let length = bytes[at + 1] as number;
    let content = at + 2;
    if (length >= 0x80) {
      const octets = length & 0x7f;
      if (octets === 0 || octets > 4) throw this.#wrong("an indefinite or excessive length");
      if (content + octets > end) throw this.#wrong("a truncated length");
      length = 0;
      for (let index = 0; index < octets; index += 1)
        length = length * 256 + (bytes[content + index] as number);
      content += octets;
      if (length < 0x80 || length < 256 ** (octets - 1)) throw this.#wrong("a length in too many octets");
    }
    if (length > end - content) throw this.#wrong("an element longer than what contains it");
    this.#content = content;
    this.at = content + length;
  }

  /** Consumes one element and checks everything in it; the depth limits the stack. */
  #walk(depth: number): void {
    const { tag } = this;
    if (tag === -1) throw this.#wrong("a missing element");
    if ((tag & 0x1f) === 0x1f) throw this.#wrong("a tag number above 30");
    this.#pass(tag);
    if ((tag & 0x20) === 0) return this.#checkPrimitive(tag);
    if (tag < 0x40 && tag !== tags.sequence && tag !== tags.set)
      throw this.#wrong("a primitive type in constructed form");
    if (depth >= deepest) throw this.#wrong(`more than ${deepest} levels`);
    const end = this.at;
    const inner = new Cursor(this.bytes, this.#content, end);
    let before = -1;
    while (!inner.ended) {
      const start = inner.at;
      inner.#walk(depth + 1);
      if (tag === tags.set && before >= 0 && !inOrder(this.bytes, before, start, inner.at))
        throw inner.#wrong("a SET OF that is not in order");
      before = start;
    }
  }

  #checkPrimitive(tag: number): void {
    switch (tag) {
      case tags.boolean:
        this.#boolean();
        return;
      case tags.integer:
      case tags.enumerated:
        return this.#checkInteger();
      case tags.bitString:
        return this.#checkBits();
      case tags.null:
        if (this.#content !== this.at) throw this.#wrong("a NULL has content");
        return;
      case tags.objectIdentifier:
        this.#objectIdentifier();
        return;
      case tags.utcTime:
      case tags.generalizedTime:
        return checkTime(tag, this.bytes.subarray(this.#content, this.at));
      case tags.bmpString:
        return this.#checkCharacters(2);
      case tags.universalString:
        return this.#checkCharacters(4);
      case tags.sequence & 0x1f:
      case tags.set & 0x1f:
      case 0x00:
      case 0x0f:
        throw this.#wrong("a constructed type in primitive form, or a reserved tag");
      default:
    }
  }

  #boolean(): boolean {
    const value = this.bytes[this.#content];
    if (this.at - this.#content !== 1 || (value !== 0x00 && value !== 0xff))
      throw this.#wrong("a BOOLEAN is neither 00 nor FF");
    return value === 0xff;
  }

  #checkInteger(): void {
    const [first, second] = [this.bytes[this.#content] as number, this.bytes[this.#content + 1] as number];
    const length = this.at - this.#content;
    if (length === 0) throw this.#wrong("an INTEGER without content");
    if (length > 1 && ((first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80)))
      throw this.#wrong("an INTEGER in too many octets");
  }

  #checkBits(): void {
    const length = this.at - this.#content;
    const unused = this.bytes[this.#content] as number;
    if (length === 0 || unused > 7 || (length === 1 && unused > 0))
      throw this.#wrong("a BIT STRING with an impossible number of unused bits");
    if (unused > 0 && (this.bytes[this.at - 1] as number) & ((1 << unused) - 1))
      throw this.#wrong("a BIT STRING whose unused bits are not zero");
  }

  #checkCharacters(width: number): void {
    if ((this.at - this.#content) % width !== 0) throw this.#wrong("a string with half a character");
  }

  #objectIdentifier(): string {
    const text = decodeObjectIdentifier(this.bytes, this.#content, this.at);
    if (text === undefined) throw this.#wrong("an impossible OBJECT IDENTIFIER");
    return text;
  }

  #wrong(what: string): NotDer {
    return new NotDer(`${what} (octet ${this.at})`);
  }
}

/** Far deeper than any message parsed here. */
const deepest = 40;

/** Whether the element at `one` is not after the next in the order of a SET OF (X.690 §11.6). */
function inOrder(bytes: Uint8Array, one: number, two: number, end: number): boolean {
  for (let index = 0; one + index < two && two + index < end; index += 1) {
    const difference = (bytes[one + index] as number) - (bytes[two + index] as number);
    if (difference !== 0) return difference < 0;
  }
  return true;
}

/**
 * Parses a complete value: `read` parses it, and nothing may follow.
 * @param what names the structure in the message: "The CMS is not strict DER: a length in too many octets (octet 4)."
 * @throws NotDer; errors of `read`
 */
export function readDer<T>(bytes: Uint8Array, what: string, read: (cursor: Cursor) => T): T {
  const cursor = new Cursor(bytes);
  try {
    const value = read(cursor);
    cursor.finish();
    return value;
  } catch (error) {
    if (error instanceof NotDer && !(error instanceof NotDerOf)) throw new NotDerOf(what, error);
    throw error;
  }
}

/** A {@link NotDer} that names the structure. */
class NotDerOf extends NotDer {
  constructor(what: string, cause: NotDer) {
    super(`The ${what} is not strict DER: ${cause.message}.`, { cause });
  }
}
