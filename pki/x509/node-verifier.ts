import type { KeyObject } from "node:crypto";
import type { SignatureCheck, VerifySignatureSync } from "./signature.ts";

/** What of Node's crypto is used; given, not imported, so that a browser can bundle this file. */
export type NodeCrypto = Pick<typeof import("node:crypto"), "createPublicKey" | "verify">;

const kept = 64;

/**
 * Verifies signatures with Node's crypto, at once. A key is read once as long as it is used: reading one takes as long
 * as verifying with it.
 */
export function nodeVerifier({ createPublicKey, verify }: NodeCrypto): VerifySignatureSync {
  const keys = new Map<string, KeyObject>();

  const keyOf = (spki: Uint8Array): KeyObject | undefined => {
    const name = Buffer.from(spki.buffer, spki.byteOffset, spki.byteLength).toString("latin1");
    const known = keys.get(name);
    if (known) return known;
    const key = readKey(spki);
    const [oldest] = keys.keys();
    if (keys.size >= kept && oldest !== undefined) keys.delete(oldest);
    if (key) keys.set(name, key);
    return key;
  };

  const readKey = (spki: Uint8Array): KeyObject | undefined => {
    try {
      return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    } catch {
      return undefined;
    }
  };

  return ({ scheme, spki, data, signature }: SignatureCheck): boolean => {
    const key = keyOf(spki);
    return (
      key?.asymmetricKeyType === scheme.key &&
      verify(scheme.hash, data, { key, dsaEncoding: "der" }, signature)
    );
  };
}
