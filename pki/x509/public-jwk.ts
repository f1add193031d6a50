import type { JsonWebKey } from "node:crypto";
import { type Cursor, readDer } from "../der/cursor.ts";
import { readAlgorithm } from "./algorithm.ts";
import { readPublicKey } from "./public-key.ts";

/**
 * A SubjectPublicKeyInfo, DER, as a JWK (RFC 7518 §6.2.1, §6.3.1), which Node parses much faster: 0.02 ms instead of 0.25 for
 * an RSA key in DER. Undefined for a key type unknown to {@link readPublicKey}. @throws NotDer
 */
export function publicJwk(spki: Uint8Array): JsonWebKey | undefined {
  const kind = readPublicKey(spki);
  if (kind.type === "other") return undefined;
  const bits = readDer(spki, "public key", (cursor) => {
    const sequence = cursor.enter();
    readAlgorithm(sequence);
    return sequence.octetAlignedBits();
  });
  if (kind.type === "rsa") return readDer(bits, "RSA key", rsaJwk);
  const half = (bits.length - 1) / 2;
  const [x, y] = [text(bits.subarray(1, 1 + half)), text(bits.subarray(1 + half))];
  return { kty: "EC", crv: kind.curve, x, y };
}

function rsaJwk(cursor: Cursor): JsonWebKey {
  const key = cursor.enter();
  return { kty: "RSA", n: text(unsigned(key.integer())), e: text(unsigned(key.integer())) };
}

/** Content of an INTEGER without its sign octet. */
const unsigned = (content: Uint8Array): Uint8Array => (content[0] === 0 ? content.subarray(1) : content);

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
