import { createPublicKey, type KeyObject } from "node:crypto";
import type { KeyAlgorithm, SignatureAlgorithm } from "./key-store.ts";

const bySize: Record<number, KeyAlgorithm> = { 2048: "RSA-2048", 3072: "RSA-3072", 4096: "RSA-4096" };
const byCurve: Record<string, KeyAlgorithm> = { prime256v1: "P-256", secp384r1: "P-384" };

/** The algorithm of a key; `undefined` for an unsupported key. */
export function keyAlgorithmOf(key: KeyObject): KeyAlgorithm | undefined {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "ec") return byCurve[namedCurve ?? ""];
  return key.asymmetricKeyType === "rsa" ? bySize[modulusLength ?? 0] : undefined;
}

/** The single signature algorithm of a key: the digest is as strong as the curve, SHA-256 for RSA. */
export function signatureAlgorithmOf(algorithm: KeyAlgorithm): SignatureAlgorithm {
  if (algorithm === "P-256") return "ecdsa-with-SHA256";
  return algorithm === "P-384" ? "ecdsa-with-SHA384" : "sha256WithRSAEncryption";
}

/** The digest of a signature algorithm, by its node:crypto name. */
export const digestOf = (algorithm: SignatureAlgorithm): "sha256" | "sha384" =>
  algorithm === "ecdsa-with-SHA384" ? "sha384" : "sha256";

/** The signature algorithm of the key in a SubjectPublicKeyInfo (DER). Throws TypeError for unsupported keys. */
export function signatureAlgorithmOfSpki(spki: Uint8Array): SignatureAlgorithm {
  const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  const algorithm = keyAlgorithmOf(key);
  if (algorithm === undefined) {
    throw new TypeError("The key is neither ECDSA P-256/P-384 nor RSA-2048/3072/4096; generate a new one.");
  }
  return signatureAlgorithmOf(algorithm);
}
