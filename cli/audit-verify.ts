import type { Command } from "commander";
import { type Tampering } from "../domain/audit/verdict.ts";
import type { AuditVerdict } from "../domain/audit/verify.ts";

const codes = `
Exit codes: 0 intact; 1 could not be done; 2 tampered with, and the first thing wrong is named; 3 no checkpoint vouches
for it; 4 lines wait for too long to be chained or vouched for, and can be removed meanwhile. Of several the first of 2, 3, 4.
Note "Last signed" outside this machine, and pass it to a later --expect.`;

/** `kazasu audit verify`: whether the audit log is unaltered. */
export function auditVerifyCommand(audit: Command): void {
  audit
    .command("verify")
    .description(
      "check the audit log against its chain, its signed checkpoints and the acts' own rows; report the first fault",
    )
    .option(
      "--expect <checkpoint...>",
      "checkpoints noted earlier, which must exist unchanged: a digest, or a file of digests or checkpoints",
    )
    .option("--json", "print the verdict on stdout")
    .addHelpText("after", codes)
    .action(async ({ expect = [], json }: { expect?: string[]; json?: true }) => {
      const [{ readConfiguration }, { runAuditVerification }] = await Promise.all([
        import("../workers/configuration.ts"),
        import("../workers/verify-audit.ts"),
      ]);
      const verdict = await runAuditVerification(readConfiguration(process.env), expect);
      if (json) console.log(JSON.stringify(verdict));
      else for (const line of sentencesOf(verdict)) console.log(line);
      process.exitCode = exitCodeOf(verdict);
    });
}

/** 2 tampered with, 3 not covered by checkpoints, 4 stalled, 0 none of these. */
export const exitCodeOf = ({
  tampering,
  unvouched,
  stalled,
}: Pick<AuditVerdict, "tampering" | "unvouched" | "stalled">): number =>
  tampering ? 2 : unvouched.length > 0 ? 3 : stalled.length > 0 ? 4 : 0;

/** The verdict in readable form. */
export function sentencesOf(verdict: AuditVerdict): string[] {
  const { tampering, entries, checkpoints, vouchedTo, waiting, unvouched, stalled, lastCheckpoint } = verdict;
  const last = lastCheckpoint;
  return [
    `${entries} entries, ${checkpoints} checkpoints, vouched for to position ${vouchedTo}.`,
    `${waiting} lines wait to be chained, the oldest for ${verdict.oldestWaitingSeconds.toFixed(1)} s.`,
    ...(last ? [`Last signed: ${last.digest} at ${last.at}, position ${last.position}.`] : []),
    ...unvouched.map((reason) => `Not vouched for: ${reason}`),
    ...stalled.map((reason) => `Stalled: ${reason}`),
    ...(tampering ? [described(tampering)] : exitCodeOf(verdict) === 0 ? ["Intact."] : []),
  ];
}

function described({ what, position, lineId, detail }: Tampering): string {
  const place = position === undefined ? "" : `, at position ${position}`;
  const line = lineId === undefined ? "" : `, line ${lineId}`;
  return `Tampered with: ${what}${place}${line}. ${detail}`;
}
