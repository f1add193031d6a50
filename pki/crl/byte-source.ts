import { type Element, elementAt } from "./header.ts";
import { UnusableCrl } from "./unusable-crl.ts";

/**
 * A computation that receives its input in chunks: it yields when it needs the next one, and receives `undefined` at the end.
 * So the same code reads input in memory, synchronously, and streamed input.
 */
export type Fed<T> = Generator<void, T, Uint8Array | undefined>;

/** Runs a {@link Fed} on input in memory. */
export function atOnce<T>(bytes: Uint8Array, steps: Fed<T>): T {
  let step = steps.next();
  if (!step.done) step = steps.next(bytes);
  while (!step.done) step = steps.next(undefined);
  return step.value;
}

/** The rest of a chunk is usually a part of one entry; joined with this much of the next chunk, it is complete. */
const shortRest = 4_096;
const shortJoin = 8_192;

/** Streamed bytes: the unused ones, as one window. */
export class ByteSource {
  /** A chunk of which only the first bytes are in the window, after `before` others. */
  #waiting: { chunk: Uint8Array; before: number } | undefined;
  window: Uint8Array = new Uint8Array();
  /** Start of the unused part of the window. */
  at = 0;
  /** Offset of the window in the whole input. */
  offset = 0;

  /** Offset of the next unused byte in the whole input. */
  get position(): number {
    return this.offset + this.at;
  }

  /**
   * Discards used bytes and continues with the next chunk. False at the end. A chunk is not copied: the rest of the previous
   * one is joined only with its first bytes, in a small window between the two.
   */
  *more(): Fed<boolean> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) {
      const { chunk, before } = waiting;
      const rest = this.window.subarray(this.at, Math.max(this.at, before));
      this.#goOn(rest.length === 0 ? chunk.subarray(this.at - before) : joined(rest, chunk));
      return true;
    }
    const chunk = yield;
    if (!chunk) return false;
    const rest = this.window.subarray(this.at);
    if (rest.length === 0) this.#goOn(chunk);
    else if (rest.length > shortRest || chunk.length <= shortJoin) this.#goOn(joined(rest, chunk));
    else {
      this.#goOn(joined(rest, chunk.subarray(0, shortJoin)));
      this.#waiting = { chunk, before: rest.length };
    }
    return true;
  }

  #goOn(window: Uint8Array): void {
    this.offset += this.at;
    this.at = 0;
    this.window = window;
  }

  /** The header of the next element, without consuming it. Its positions are those of the window. */
  *header(): Fed<Element> {
    for (;;) {
      const element = elementAt(this.window, this.at);
      if (element) return element;
      if (!(yield* this.more())) throw truncated();
    }
  }

  /** Consumes the next element and returns a copy, at most `limit` bytes. */
  *whole(limit: number): Fed<Uint8Array> {
    const { start, end } = yield* this.header();
    const length = end - start;
    if (length > limit) throw new UnusableCrl(`A part of the CRL is larger than ${limit} bytes.`);
    const bytes = new Uint8Array(length);
    for (let filled = 0; ; ) {
      const piece = this.window.subarray(this.at, this.at + length - filled);
      bytes.set(piece, filled);
      filled += piece.length;
      this.at += piece.length;
      if (filled === length) return bytes;
      if (!(yield* this.more())) throw truncated();
    }
  }

  /** Whether the input has ended. */
  *ended(): Fed<boolean> {
    while (this.window.length === this.at) if (!(yield* this.more())) return true;
    return false;
  }
}

export const truncated = (): UnusableCrl => new UnusableCrl("The CRL is truncated.");

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
