import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import type { GenerationStanding } from "../gateway/console/console.ts";
import { newestCertificate, readCertificate } from "../pki/ca/authority-files.ts";
import { listGenerations, ocspKeyPrefixOf, readGeneration } from "../pki/ca/generation.ts";

/** The CA's generations and the end of each of their certificates, from the public files only. */
export async function generationStandings(directory: string): Promise<GenerationStanding[]> {
  return Promise.all((await listGenerations(directory)).map((id) => standingOf(directory, id)));
}

async function standingOf(directory: string, id: string): Promise<GenerationStanding> {
  const { keyStore, issuesFrom, issuingKeyId, rootKeyId } = await readGeneration(directory, id);
  const folder = join(directory, id);
  const [root, issuing, signer] = await Promise.all([
    readCertificate(folder, rootKeyId),
    readCertificate(folder, issuingKeyId),
    newestCertificate(folder, ocspKeyPrefixOf(id)),
  ]);
  return {
    id,
    keyStore: keyStore.type,
    issuesFrom,
    rootUntil: endOf(root),
    issuingUntil: endOf(issuing),
    ocspSignerUntil: signer?.notAfter.toISOString() ?? null,
  };
}

const endOf = (certificate: Uint8Array): string =>
  new Date(new X509Certificate(certificate).validTo).toISOString();
