import type { Logger } from "pino";
import { auditCertificates, type CertificateAudit } from "../activities/certificate/auditor.ts";
import { indexJournal } from "../activities/signing/journal-index.ts";
import type { Configuration } from "./configuration.ts";
import { makeAuthorityParts } from "./parts.ts";
import { statusUrls } from "./status-urls.ts";

export interface WholeAudit extends CertificateAudit {
  /** Lines that were torn when a worker died: the last of their file, of nothing that was handed out. */
  torn: number;
}

/**
 * The CA's own auditor over everything it ever issued. `journals`: the folders of all workers' journals; by default the
 * one this process is configured with.
 */
export async function runCertificateAudit(
  configuration: Configuration,
  journals: readonly string[],
  log: Logger,
): Promise<WholeAudit> {
  const parts = await makeAuthorityParts(configuration, log);
  try {
    const folders = journals.length > 0 ? journals : [configuration.KAZASU_JOURNAL];
    const indexes = await Promise.all(folders.map(indexJournal));
    const audit = await auditCertificates({
      ...parts,
      urls: statusUrls(configuration),
      journal: new Map(indexes.flatMap(({ intents }) => [...intents])),
      progress: (read) => log.info({ read }, "certificates read again"),
    });
    return { ...audit, torn: indexes.reduce((sum, { torn }) => sum + torn, 0) };
  } finally {
    await parts.close();
  }
}
