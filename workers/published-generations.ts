import { createHash } from "node:crypto";
import { join } from "node:path";
import { readCertificate } from "../pki/ca/authority-files.ts";
import { listGenerations, readGeneration } from "../pki/ca/generation.ts";
import { crlUrl, issuerUrl, plainUrl } from "../pki/ca/status-urls.ts";
import type { PublishedGeneration } from "../protocol/own-interface.ts";

/** The CA's generations, oldest first, with their public URLs: from the public files only, without a key store. */
export async function publishedGenerations(
  directory: string,
  { crlBase, caIssuersBase }: { crlBase: string; caIssuersBase: string },
): Promise<PublishedGeneration[]> {
  const ids = await listGenerations(directory);
  return Promise.all(
    ids.map(async (id) => {
      const { rootKeyId, issuingKeyId, crlShards, issuesFrom } = await readGeneration(directory, id);
      const sha256 = async (keyId: string) =>
        createHash("sha256")
          .update(await readCertificate(join(directory, id), keyId))
          .digest("hex");
      return {
        id,
        issuesFrom,
        root: { url: plainUrl(`${caIssuersBase}/${id}/root.cer`), sha256: await sha256(rootKeyId) },
        issuing: { url: issuerUrl(caIssuersBase, id), sha256: await sha256(issuingKeyId) },
        rootCrl: plainUrl(`${crlBase}/${id}/root.crl`),
        crls: Array.from({ length: crlShards }, (_, shard) => crlUrl(crlBase, id, shard)),
      };
    }),
  );
}
