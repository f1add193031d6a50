import { createPublicKey, type KeyObject, verify } from "node:crypto";
import type { SignatureCheck } from "./signature.ts";

const kept = 64;
const keys = new Map<string, KeyObject | undefined>();

/** The key of a SubjectPublicKeyInfo (DER), read once as long as it is used: reading one takes as long as verifying with it. */
export function nodeKey(spki: Uint8Array): KeyObject | undefined {
  const name = Buffer.from(spki.buffer, spki.byteOffset, spki.byteLength).toString("latin1");
  const known = keys.get(name);
  if (known) return known;
  const key = readKey(spki);
  const [oldest] = keys.keys();
  if (keys.size >= kept && oldest !== undefined) keys.delete(oldest);
  if (key) keys.set(name, key);
  return key;
}

function readKey(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

/** Verifies a signature with Node's crypto, at once. */
export function verifyWithNode({ scheme, spki, data, signature }: SignatureCheck): boolean {
  const key = nodeKey(spki);
  return (
    key?.asymmetricKeyType === scheme.key && verify(scheme.hash, data, { key, dsaEncoding: "der" }, signature)
  );
}
