import { type CryptoKey, createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, type JWK } from "jose";

/** The CA's service key as pinned by an app: one key, or a set from which the challenge's `kid` selects. */
export type PinnedServiceKey = JWK | CryptoKey | JSONWebKeySet;

/** The pinned key of a challenge's `kid`; `undefined` if it is none of them. */
export async function pinnedKeyFor(
  challenge: string,
  pinned: PinnedServiceKey,
): Promise<JWK | CryptoKey | undefined> {
  if (!isKeySet(pinned)) return pinned;
  try {
    return await createLocalJWKSet(pinned)(decodeProtectedHeader(challenge));
  } catch {
    return undefined;
  }
}

const isKeySet = (pinned: PinnedServiceKey): pinned is JSONWebKeySet =>
  "keys" in pinned && Array.isArray(pinned.keys);
