/** The list is not the DER of a CertificateList, or not one this engine takes. The message names no serial. */
export class UnusableCrl extends Error {
  override name = "UnusableCrl";
}

/** Tag, and where content begins and ends, of one DER element (X.690 §8.1, §10.1). */
export interface Element {
  tag: number;
  start: number;
  content: number;
  end: number;
}

/**
 * The element at `at`, or `undefined` where more bytes are needed to tell its length. Strict: definite lengths in the
 * fewest octets, low tag numbers.
 */
export function elementAt(bytes: Uint8Array, at: number): Element | undefined {
  if (at + 2 > bytes.length) return undefined;
  const tag = bytes[at] as number;
  if ((tag & 0x1f) === 0x1f) throw new UnusableCrl("The list has a tag that no CRL has.");
  const first = bytes[at + 1] as number;
  if (first < 0x80) return { tag, start: at, content: at + 2, end: at + 2 + first };
  const octets = first & 0x7f;
  if (octets === 0 || octets > 4) throw new UnusableCrl("The list has a length that is not DER.");
  if (at + 2 + octets > bytes.length) return undefined;
  let length = 0;
  for (let index = 0; index < octets; index += 1) length = length * 256 + (bytes[at + 2 + index] as number);
  if (length < 0x80 || length < 256 ** (octets - 1))
    throw new UnusableCrl("The list has a length that is not DER.");
  return { tag, start: at, content: at + 2 + octets, end: at + 2 + octets + length };
}
