import type { GeneratingKeyStore, KeyStore } from "../../key-store/key-store.ts";
import { issuingKeyIdOf, type KeyStoreReference, ocspKeyPrefixOf, rootKeyIdOf } from "../generation.ts";

/** Opens a token, with a PIN. */
export type OpenToken = (reference: KeyStoreReference) => Promise<GeneratingKeyStore>;

export async function openToken(
  open: OpenToken | undefined,
  reference: KeyStoreReference,
): Promise<GeneratingKeyStore> {
  if (open) return open(reference);
  throw new Error(`The keys are in the token "${reference.token}", which requires its PIN.`);
}

/** Throws Error if a failed ceremony left keys of this generation. */
export async function refuseLeftovers(keyStore: GeneratingKeyStore, generation: string): Promise<void> {
  const taken = [rootKeyIdOf(generation), issuingKeyIdOf(generation)];
  const left = (await keyStore.list()).filter(
    (id) => taken.includes(id) || id.startsWith(ocspKeyPrefixOf(generation)),
  );
  if (left.length > 0) {
    throw new Error(`The token already has keys of ${generation} (${left.join(", ")}); destroy them first.`);
  }
}

/** Those of the keys that a token has; all of them if it cannot list them. */
export async function stillIn(keyStore: KeyStore, ids: readonly string[]): Promise<string[]> {
  const there = await keyStore.list().catch(() => ids);
  return ids.filter((id) => there.includes(id));
}

/** The same store, recording the ids of the keys to be generated. */
export const remembering = (keyStore: GeneratingKeyStore, begun: string[]): GeneratingKeyStore => ({
  list: () => keyStore.list(),
  publicKey: (id) => keyStore.publicKey(id),
  sign: (id, data) => keyStore.sign(id, data),
  async generate(id, algorithm) {
    // Before the generation: a token that does not answer may have generated it all the same.
    begun.push(id);
    return keyStore.generate(id, algorithm);
  },
});
