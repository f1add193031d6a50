import { join } from "node:path";
import { readCertificate } from "../pki/ca/authority-files.ts";
import { generationId, readGeneration } from "../pki/ca/generation.ts";

/**
 * The chains of issued certificates, issuing CA first, root last, DER: by generation, from the public files only. A process
 * that only hands out certificates opens no key store.
 */
export function issuedChains(directory: string): (generation: string) => Promise<readonly Uint8Array[]> {
  const chains = new Map<string, Promise<Uint8Array[]>>();
  return (generation) => {
    const known = chains.get(generation);
    if (known) return known;
    const chain = readChain(directory, generationId.parse(generation));
    chains.set(generation, chain);
    chain.catch(() => chains.delete(generation));
    return chain;
  };
}

async function readChain(directory: string, generation: string): Promise<Uint8Array[]> {
  const { issuingKeyId, rootKeyId } = await readGeneration(directory, generation);
  const folder = join(directory, generation);
  return Promise.all([issuingKeyId, rootKeyId].map((id) => readCertificate(folder, id)));
}
