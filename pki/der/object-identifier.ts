/** More octets than any registered identifier has. */
const longest = 64;

/**
 * The dotted decimal form of an OBJECT IDENTIFIER's content `bytes[from, to)` (X.690 §8.19), or `undefined` if it is invalid:
 * empty, truncated, longer than 64 octets, or with a number in too many octets.
 */
export function decodeObjectIdentifier(bytes: Uint8Array, from: number, to: number): string | undefined {
  if (from === to || to - from > longest || (bytes[to - 1] as number) >= 0x80) return undefined;
  let text = "";
  let at = from;
  while (at < to) {
    if (bytes[at] === 0x80) return undefined;
    let value = 0;
    const start = at;
    while ((bytes[at] as number) >= 0x80) value = value * 128 + ((bytes[at++] as number) & 0x7f);
    value = value * 128 + (bytes[at++] as number);
    // Seven octets are 49 bits, which a number represents exactly.
    const exact = at - start <= 7 ? value : wideNumber(bytes, start, at);
    text += text === "" ? firstTwo(exact) : `.${exact}`;
  }
  return text;
}

/** The first number is 40 × the first arc + the second; only arc 2 has second arcs above 39. */
function firstTwo(value: number | bigint): string {
  if (value < 40) return `0.${value}`;
  if (value < 80) return `1.${Number(value) - 40}`;
  return `2.${typeof value === "bigint" ? value - 80n : value - 80}`;
}

function wideNumber(bytes: Uint8Array, from: number, to: number): bigint {
  let value = 0n;
  for (let at = from; at < to; at += 1) value = (value << 7n) | BigInt((bytes[at] as number) & 0x7f);
  return value;
}
