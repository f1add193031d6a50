import { type Element, elementAt } from "./header.ts";
import { UnusableCrl } from "./unusable-crl.ts";

/**
 * A computation that takes its input in pieces: it yields where it needs the next one, and is given `undefined` at the
 * end. So one piece of code reads what is in memory, at once, and what arrives over time.
 */
export type Fed<T> = Generator<void, T, Uint8Array | undefined>;

/** Runs a {@link Fed} on input that is in memory. */
export function atOnce<T>(bytes: Uint8Array, steps: Fed<T>): T {
  let step = steps.next();
  if (!step.done) step = steps.next(bytes);
  while (!step.done) step = steps.next(undefined);
  return step.value;
}

/** What is left of a chunk is mostly a part of one entry; joined with this much of the next, it is whole. */
const shortRest = 4_096;
const shortJoin = 8_192;

/** Bytes as they arrive: what has not been used yet, as one window over them. */
export class ByteSource {
  /** A chunk of which only the first bytes are in the window, behind `before` others. */
  #waiting: { chunk: Uint8Array; before: number } | undefined;
  window: Uint8Array = new Uint8Array();
  /** Where the unused part of the window begins. */
  at = 0;
  /** Where the window stands in the whole. */
  offset = 0;

  /** Position in the whole of the next unused byte. */
  get position(): number {
    return this.offset + this.at;
  }

  /**
   * Drops what was used and goes on with what comes next. False at the end. A chunk is not copied: what was left of the
   * one before is joined with its first bytes only, in a small window between the two.
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

  /** The header of the next element, without using it. Its positions are those of the window. */
  *header(): Fed<Element> {
    for (;;) {
      const element = elementAt(this.window, this.at);
      if (element) return element;
      if (!(yield* this.more())) throw truncated();
    }
  }

  /** The next element, copied whole, at most `limit` bytes; uses it. */
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

  /** Whether nothing is left. */
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
