import type { Logger } from "pino";
import { auditCertificates, type CertificateAudit } from "../activities/certificate/auditor.ts";
import { indexJournal } from "../activities/signing/journal-index.ts";
import type { Configuration } from "./configuration.ts";
import { makeAuthorityParts } from "./parts.ts";
import { statusUrls } from "./status-urls.ts";

export interface WholeAudit extends CertificateAudit {
  /** Lines truncated when a worker died: the last of their file, about nothing that was handed out. */
  torn: number;
}

/**
 * Runs the CA's own auditor over every certificate ever issued. `journals`: the folders of all workers' journals; default: the
 * one of this process's configuration.
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
      progress: (read) => log.info({ read }, "certificates audited"),
    });
    return { ...audit, torn: indexes.reduce((sum, { torn }) => sum + torn, 0) };
  } finally {
    await parts.close();
  }
}
