import { NotDer, readDer, tags } from "../der/cursor.ts";
import { readAlgorithm } from "./algorithm.ts";

/** The content of a SubjectPublicKeyInfo, as far as it determines the strength. */
export type PublicKeyKind =
  | { type: "rsa"; bits: number; exponent: number }
  | { type: "ec"; curve: "P-256" | "P-384" | "P-521" }
  | { type: "other"; oid: string };

const rsaEncryption = "1.2.840.113549.1.1.1";
const idEcPublicKey = "1.2.840.10045.2.1";
const curves: Record<string, { curve: "P-256" | "P-384" | "P-521"; coordinate: number }> = {
  "1.2.840.10045.3.1.7": { curve: "P-256", coordinate: 32 },
  "1.3.132.0.34": { curve: "P-384", coordinate: 48 },
  "1.3.132.0.35": { curve: "P-521", coordinate: 66 },
};

/** Parses a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, RFC 3279 §2.3.1, RFC 5480 §2). @throws NotDer */
export function readPublicKey(spki: Uint8Array): PublicKeyKind {
  return readDer(spki, "public key", (cursor) => {
    const sequence = cursor.enter();
    const { oid, parameters } = readAlgorithm(sequence);
    const bits = sequence.octetAlignedBits();
    sequence.finish();
    if (oid === rsaEncryption) return readRsa(bits);
    if (oid !== idEcPublicKey || !parameters) return { type: "other", oid };
    if (parameters[0] !== tags.objectIdentifier) return { type: "other", oid };
    const named = readDer(parameters, "curve", (curve) => curve.objectIdentifier());
    const known = curves[named];
    // A compressed point is legal (RFC 5480 §2.2), but browsers do not accept one: treated as another type everywhere.
    return known && bits[0] === 0x04 && bits.length === 1 + 2 * known.coordinate
      ? { type: "ec", curve: known.curve }
      : { type: "other", oid: named };
  });
}

function readRsa(bits: Uint8Array): PublicKeyKind {
  return readDer(bits, "RSA key", (cursor) => {
    const sequence = cursor.enter();
    const modulus = sequence.integer();
    const exponent = sequence.integer();
    sequence.finish();
    const first = modulus[0] as number;
    if (first >= 0x80 || (exponent[0] as number) >= 0x80) throw new NotDer("a negative RSA key");
    const leading = first === 0 ? 1 : 0;
    const top = modulus[leading] ?? 0;
    let value = 0;
    for (const octet of exponent) value = value * 256 + octet;
    return {
      type: "rsa",
      bits: top === 0 ? 0 : (modulus.length - leading) * 8 - Math.clz32(top) + 24,
      exponent: value,
    };
  });
}

/**
 * Whether a key is strong enough: RSA of 2048 to 8192 bits with an odd exponent from 65537 to 2^32, or one of the NIST curves
 * P-256, P-384 and P-521 with an uncompressed point. The upper limits bound the cost of an untrusted key: verification time
 * grows with the exponent.
 */
export function isStrong(key: PublicKeyKind): boolean {
  if (key.type === "rsa") {
    const { bits, exponent } = key;
    return bits >= 2048 && bits <= 8192 && exponent >= 65_537 && exponent < 2 ** 32 && exponent % 2 === 1;
  }
  return key.type === "ec";
}
