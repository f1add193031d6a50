import type { JsonWebKey } from "node:crypto";
import { readDer } from "../der/cursor.ts";
import { readAlgorithm } from "./algorithm.ts";
import { readPublicKey } from "./public-key.ts";

const halves = { "P-256": 32, "P-384": 48, "P-521": 66 } as const;
const uncompressed = 0x04;

/**
 * A SubjectPublicKeyInfo as a JWK (RFC 7518 §6.2.1, §6.3.1), which OpenSSL takes in up to 20 times as fast; nothing for
 * another kind of key, or a compressed point. @throws NotDer
 */
export function publicJwk(spki: Uint8Array): JsonWebKey | undefined {
  const kind = readPublicKey(spki);
  if (kind.type === "other") return undefined;
  const bits = readDer(spki, "public key", (cursor) => {
    const sequence = cursor.enter();
    readAlgorithm(sequence);
    const bits = sequence.octetAlignedBits();
    sequence.finish();
    return bits;
  });
  if (kind.type === "rsa") return readDer(bits, "RSA key", (cursor) => {
    const key = cursor.enter();
    const [n, e] = [text(key.integer()), text(key.integer())];
    key.finish();
    return { kty: "RSA", n, e };
  });
  const half = halves[kind.curve];
  if (bits.length !== 1 + 2 * half || bits[0] !== uncompressed) return undefined;
  return {
    kty: "EC",
    crv: kind.curve,
    x: text(bits.subarray(1, 1 + half)),
    y: text(bits.subarray(1 + half)),
  };
}

/** Content of an INTEGER without its sign octet. */
const unsigned = (content: Uint8Array): Uint8Array => (content[0] === 0 ? content.subarray(1) : content);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
