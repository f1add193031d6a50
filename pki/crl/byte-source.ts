import { type Element, elementAt, UnusableCrl } from "./tlv.ts";

/** Bytes as they arrive: what has not been used yet, one window over them, and how many came in all. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #limit: number;
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

  /** Drops what was used and appends the next chunk. False at the end. */
  async more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done) return false;
    this.#seen += value.length;
    if (this.#seen > this.#limit) throw new UnusableCrl(`The list is larger than ${this.#limit} bytes.`);
    const rest = this.window.subarray(this.at);
    this.offset += this.at;
    this.at = 0;
    this.window = rest.length === 0 ? value : Buffer.concat([rest, value]);
    return true;
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
