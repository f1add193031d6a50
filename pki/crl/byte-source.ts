import { type Element, elementAt, UnusableCrl } from "./tlv.ts";

/** What is left of a chunk is mostly a part of one entry; joined with this much of the next, it is whole. */
const shortRest = 4_096;
const shortJoin = 8_192;

/** Bytes as they arrive: what has not been used yet, one window over them, and how many came in all. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #limit: number;
  /** A chunk of which only the first bytes are in the window, behind `before` others. */
  #waiting: { chunk: Uint8Array; before: number } | undefined;
  #seen = 0;
  window: Uint8Array = new Uint8Array();
  /** Where the unused part of the window begins. */
  at = 0;
  /** Where the window stands in the whole. */
  offset = 0;

  constructor(chunks: AsyncIterable<Uint8Array>, limit: number) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#limit = limit;
  }

  /** Position in the whole of the next unused byte. */
  get position(): number {
    return this.offset + this.at;
  }

  /**
   * Drops what was used and goes on with what comes next. False at the end. A chunk is not copied: what was left of the
   * one before is joined with its first bytes only, in a small window between the two.
   */
  async more(): Promise<boolean> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) {
      const { chunk, before } = waiting;
      const rest = this.window.subarray(this.at, Math.max(this.at, before));
      this.#goOn(rest.length === 0 ? chunk.subarray(this.at - before) : Buffer.concat([rest, chunk]));
      return true;
    }
    const { done, value } = await this.#chunks.next();
    if (done) return false;
    this.#seen += value.length;
    if (this.#seen > this.#limit) throw new UnusableCrl(`The list is larger than ${this.#limit} bytes.`);
    const rest = this.window.subarray(this.at);
    if (rest.length === 0) this.#goOn(value);
    else if (rest.length > shortRest || value.length <= shortJoin) this.#goOn(Buffer.concat([rest, value]));
    else {
      this.#goOn(Buffer.concat([rest, value.subarray(0, shortJoin)]));
      this.#waiting = { chunk: value, before: rest.length };
    }
    return true;
  }

  #goOn(window: Uint8Array): void {
    this.offset += this.at;
    this.at = 0;
    this.window = window;
  }

  /** The header of the next element, without using it. */
  async header(): Promise<Element> {
    for (;;) {
      const element = elementAt(this.window, this.at);
      if (element) return element;
      if (!(await this.more())) throw new UnusableCrl("The list is truncated.");
    }
  }

  /** The next element whole, at most `limit` bytes; uses it. */
  async whole(limit: number): Promise<{ tag: number; bytes: Uint8Array }> {
    const { tag, start, end } = await this.header();
    const length = end - start;
    if (length > limit) throw new UnusableCrl("A part of the list is larger than any of a CRL.");
    while (this.window.length - this.at < length)
      if (!(await this.more())) throw new UnusableCrl("The list is truncated.");
    const bytes = this.window.slice(this.at, this.at + length);
    this.at += length;
    return { tag, bytes };
  }

  /** Whether nothing is left. */
  async ended(): Promise<boolean> {
    while (this.window.length === this.at) if (!(await this.more())) return true;
    return false;
  }

  /** Ends the transfer where the list is given up before its end. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
