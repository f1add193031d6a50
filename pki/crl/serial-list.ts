import { hexOf } from "../der/bytes.ts";

/** Bytes of one entry: a serial number of up to 20 octets, right-aligned, and the CRLReason. */
export const entryBytes = 21;
export const serialBytes = 20;
const mostReserved = 2_000_000;

/** The entries of a list (an EntrySink) in one array: without an object for each, so a million of them take 21 MB. */
export class SerialList {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  constructor(expected = 1_024) {
    this.#bytes = new Uint8Array(Math.max(1, expected) * entryBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** Allocates for this many entries; a list may announce more than it has. */
  reserve(entries: number): void {
    const wanted = Math.min(mostReserved, entries) * entryBytes;
    if (wanted > this.#bytes.length) this.#grow(wanted);
  }

  /** Adds `source[from, to)`: an unsigned number of at most 20 octets. Copied by words, because this runs millions of times. */
  add(source: DataView, from: number, to: number, reason: number): void {
    const start = this.#length * entryBytes;
    if (start + entryBytes > this.#bytes.length) this.#grow(this.#bytes.length * 2);
    const view = this.#view;
    let at = from;
    let target = start + serialBytes - (to - from);
    for (; at + 4 <= to; at += 4, target += 4) view.setUint32(target, source.getUint32(at));
    for (; at < to; at += 1, target += 1) view.setUint8(target, source.getUint8(at));
    view.setUint8(start + serialBytes, reason);
    this.#length += 1;
  }

  /** The serial of an entry, 20 octets, sharing the list's memory. */
  serial = (index: number): Uint8Array =>
    this.#bytes.subarray(index * entryBytes, index * entryBytes + serialBytes);

  reason = (index: number): number => this.#bytes[index * entryBytes + serialBytes] as number;

  /** Lower-case hex without leading zero octets, as serials are written everywhere else here. */
  serialHex = (index: number): string => {
    const serial = this.serial(index);
    return hexOf(serial.subarray(serial.findIndex((octet) => octet !== 0)));
  };

  #grow(size: number): void {
    const larger = new Uint8Array(size);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** The octets of an array, as used by {@link SerialList.add}. */
export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A set of serials: open addressing, hashing the serials' own octets. */
export class SerialSet {
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #list: SerialList;

  constructor(list: SerialList) {
    let size = 16;
    while (size < list.length * 2) size *= 2;
    this.#list = list;
    this.#mask = size - 1;
    this.#slots = new Int32Array(size);
    for (let index = 0; index < list.length; index += 1) {
      let slot = hash(list.serial(index)) & this.#mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = index + 1;
    }
  }

  has(serial: Uint8Array): boolean {
    let slot = hash(serial) & this.#mask;
    for (;;) {
      const index = this.#slots[slot] as number;
      if (index === 0) return false;
      if (same(this.#list.serial(index - 1), serial)) return true;
      slot = (slot + 1) & this.#mask;
    }
  }
}

/** FNV-1a over the octets: cheap; serials are random or sequential, not adversarial, because their CA has signed them. */
function hash(serial: Uint8Array): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < serialBytes; index += 1)
    value = Math.imul(value ^ (serial[index] as number), 0x01000193);
  return value >>> 1;
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  for (let index = serialBytes - 1; index >= 0; index -= 1) if (one[index] !== other[index]) return false;
  return true;
}
