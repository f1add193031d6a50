/** Whether two byte strings are equal. For public data only: not constant-time. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false;
  return true;
}

const digits = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, "0"));

/** Lower-case hex, two digits an octet. */
export function hexOf(bytes: Uint8Array): string {
  let text = "";
  for (const octet of bytes) text += digits[octet];
  return text;
}
