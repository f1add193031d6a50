import type { Command } from "commander";
import type { Tampering } from "../registry/audit-verdict.ts";

/** `kazasu audit verify`: whether the log of acts is as it was written. */
export function auditVerifyCommand(audit: Command): void {
  audit
    .command("verify")
    .description(
      "hold the audit log against its chain and its signed checkpoints; name the first thing wrong",
    )
    .option("--json", "print the verdict on stdout")
    .addHelpText(
      "after",
      "\nExit codes: 0 intact, 1 could not be done, 2 tampered with, 3 nothing vouches for it: the reason is printed.",
    )
    .action(async ({ json }: { json?: true }) => {
      const [{ readConfiguration }, { runAuditVerification }] = await Promise.all([
        import("../workers/configuration.ts"),
        import("../workers/verify-audit.ts"),
      ]);
      const verdict = await runAuditVerification(readConfiguration(process.env));
      const { tampering, entries, checkpoints, vouchedTo, waiting, oldestWaitingSeconds, unvouched } =
        verdict;
      if (json) console.log(JSON.stringify(verdict));
      else {
        console.log(`${entries} entries, ${checkpoints} checkpoints, vouched for to position ${vouchedTo}.`);
        console.log(
          `${waiting} lines wait to be chained, the oldest for ${oldestWaitingSeconds.toFixed(1)} s.`,
        );
        for (const reason of unvouched) console.log(`Not vouched for: ${reason}`);
        if (tampering) console.log(described(tampering));
        else if (unvouched.length === 0) console.log("Intact.");
      }
      process.exitCode = tampering ? 2 : unvouched.length > 0 ? 3 : 0;
    });
}

function described({ what, position, lineId, detail }: Tampering): string {
  const place = position === undefined ? "" : `, at position ${position}`;
  const line = lineId === undefined ? "" : `, line ${lineId}`;
  return `Tampered with: ${what}${place}${line}. ${detail}`;
}
