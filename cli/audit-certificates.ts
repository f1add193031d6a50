import type { Command } from "commander";
import { createLog } from "./log.ts";

const shown = 50;

/** `kazasu audit certificates`: the CA's own auditor, over every certificate ever issued. */
export function auditCertificatesCommand(audit: Command): void {
  audit
    .command("certificates")
    .description(
      "audit every certificate: parse, lint, compare with intent, journal and status; find orphans",
    )
    .option("--journal <folder...>", "the journals of all workers (default: KAZASU_JOURNAL)")
    .option("--json", "print { intents, certificates, revoked, torn, findings } on stdout")
    .addHelpText("after", "\nExit codes: 0 no findings, 1 failed, 2 findings.")
    .action(async ({ journal = [], json }: { journal?: string[]; json?: true }) => {
      const [{ readConfiguration }, { runCertificateAudit }] = await Promise.all([
        import("../workers/configuration.ts"),
        import("../workers/audit-certificates.ts"),
      ]);
      const found = await runCertificateAudit(readConfiguration(process.env), journal, createLog());
      if (json) console.log(JSON.stringify(found));
      else {
        const { intents, certificates, revoked, torn, findings } = found;
        console.log(
          `${certificates} certificates of ${intents} intents read; ${revoked} revoked; ${torn} torn lines.`,
        );
        for (const { finding, serial, detail } of findings.slice(0, shown))
          console.log(`${finding}  ${serial}  ${detail}`);
        if (findings.length > shown) console.log(`… and ${findings.length - shown} more: see --json.`);
        if (findings.length === 0) console.log("No findings.");
      }
      process.exitCode = found.findings.length === 0 ? 0 : 2;
    });
}
