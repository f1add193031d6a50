import { UnusableCrl } from "./unusable-crl.ts";

/** Tag, start and end of the content of one DER element (X.690 §8.1, §10.1). */
export interface Element {
  tag: number;
  start: number;
  content: number;
  end: number;
}

/**
 * The header of the element at `at`, or `undefined` if more bytes are needed: the cursor cannot do this, because it requires
 * the whole element. As strict as the cursor: definite lengths in the fewest octets, low tag numbers.
 */
export function elementAt(bytes: Uint8Array, at: number): Element | undefined {
  if (at + 2 > bytes.length) return undefined;
  const tag = bytes[at] as number;
  if ((tag & 0x1f) === 0x1f) throw new UnusableCrl("The CRL is not strict DER: a tag number above 30.");
  const first = bytes[at + 1] as number;
  if (first < 0x80) return { tag, start: at, content: at + 2, end: at + 2 + first };
  const octets = first & 0x7f;
  if (octets === 0 || octets > 4)
    throw new UnusableCrl("The CRL is not strict DER: an indefinite or excessive length.");
  if (at + 2 + octets > bytes.length) return undefined;
  let length = 0;
  for (let index = 0; index < octets; index += 1) length = length * 256 + (bytes[at + 2 + index] as number);
  if (length < 0x80 || length < 256 ** (octets - 1))
    throw new UnusableCrl("The CRL is not strict DER: a length in too many octets.");
  return { tag, start: at, content: at + 2 + octets, end: at + 2 + octets + length };
}
