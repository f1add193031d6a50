import type * as crypto from "node:crypto";
import { publicJwk } from "./public-jwk.ts";
import type { SignatureCheck, VerifySignatureSync } from "./signature.ts";

/** The used part of Node's crypto; passed in, not imported, so that a browser bundle can include this file. */
export type NodeCrypto = Pick<typeof crypto, "createPublicKey" | "verify">;

/** Parses a SubjectPublicKeyInfo, DER. */
export type ReadKey = (spki: Uint8Array) => crypto.KeyObject | undefined;

const kept = 64;

/** Caches parsed keys while they are used: parsing one takes as long as verifying with it. */
export function nodeKeys({ createPublicKey }: NodeCrypto): ReadKey {
  const keys = new Map<string, crypto.KeyObject>();
  return (spki) => {
    const name = Buffer.from(spki.buffer, spki.byteOffset, spki.byteLength).toString("latin1");
    const known = keys.get(name);
    if (known) return known;
    const key = readKey(createPublicKey, spki);
    const [oldest] = keys.keys();
    if (keys.size >= kept && oldest !== undefined) keys.delete(oldest);
    if (key) keys.set(name, key);
    return key;
  };
}

function readKey(
  createPublicKey: NodeCrypto["createPublicKey"],
  spki: Uint8Array,
): crypto.KeyObject | undefined {
  try {
    const jwk = publicJwk(spki);
    return createPublicKey(
      jwk ? { key: jwk, format: "jwk" } : { key: Buffer.from(spki), format: "der", type: "spki" },
    );
  } catch {
    return undefined;
  }
}

/** Verifies signatures with Node's crypto, synchronously. */
export const nodeVerifier =
  (crypto: NodeCrypto, keyOf: ReadKey = nodeKeys(crypto)): VerifySignatureSync =>
  ({ scheme, spki, data, signature }: SignatureCheck) => {
    const key = keyOf(spki);
    return (
      key?.asymmetricKeyType === scheme.key &&
      crypto.verify(scheme.hash, data, { key, dsaEncoding: "der" }, signature)
    );
  };
