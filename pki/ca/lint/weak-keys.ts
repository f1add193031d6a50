import { createECDH } from "node:crypto";

/** Private keys on P-256 (hex) that are printed in standards and were copied from there into software. */
export const publishedPrivateKeys = {
  "RFC 6979 A.2.5": "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
  "RFC 7515 A.3": "8e9b109e719098bf980487df1f5d77e9cb29606ebed2263b5f57c213df84f4b2",
  "RFC 7517 A.2": "f3bd0c07a81fb932781ed52752f60cc89a6be5e51934fe01938ddb55d8f77801",
  "RFC 7518 C, Alice": "d3f3716913d4310a0026de741b3f18893afc8114f0c84682ba677e313a13988a",
  "RFC 7518 C, Bob": "5449836690d75caf29f0dd029ddb31b3ddb8aba9d2d515c5012465e817d4a9dc",
  "RFC 8291 A, application server": "c9f58f89813e9f8e872e71f42aa64e1757c9254dcc62b72ddc010bb4043ea11c",
  "RFC 8291 A, user agent": "ab5757a70dd4a53e553a6bbf71ffefea2874ec07a6b379e3c48f895a02dc33de",
} as const;

/** Scalars from a random source with almost no entropy. Their negatives have the same x. */
const smallScalars = 1_024;

let weak: Set<string> | undefined;

/** Whether the private key of this uncompressed P-256 point (SEC 1 §2.3.3) is publicly known or guessable. */
export function isWeakKey(point: Uint8Array): boolean {
  weak ??= new Set(
    [
      ...Object.values(publishedPrivateKeys),
      ...Array.from({ length: smallScalars }, (_, index) => (index + 1).toString(16).padStart(64, "0")),
    ].map(xOf),
  );
  return weak.has(Buffer.from(point).toString("hex").slice(2, 66));
}

/** x of the public point of a private key (hex). */
function xOf(privateKey: string): string {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(privateKey, "hex");
  return ecdh.getPublicKey("hex").slice(2, 66);
}
