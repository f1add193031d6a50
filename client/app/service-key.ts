import { type CryptoKey, createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, type JWK } from "jose";

/** The CA's service key as an app pins it: one key, or a set from which the challenge's `kid` chooses. */
export type PinnedServiceKey = JWK | CryptoKey | JSONWebKeySet;

/** The pinned key a challenge says it is signed with; `undefined` when it names none of them. */
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
