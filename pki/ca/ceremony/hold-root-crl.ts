import { join } from "node:path";
import { createDurably } from "../../key-store/durable-file.ts";
import { keepRenewedRootCrl } from "../root-crl-files.ts";
import { wholeSeconds } from "../time.ts";
import { approvedBy } from "./approvals.ts";
import { readCeremonyConfig } from "./config.ts";
import type { CeremonyInput } from "./hold.ts";
import { CeremonyRefused } from "./refused.ts";
import { signReport } from "./report.ts";
import { makeRootCrl } from "./root-crl.ts";
import { makeRootCrlReport, type RootCrlReport, rootCrlReportType } from "./root-crl-report.ts";
import { readRootCrlStatement, writeRootCrlStatement } from "./root-crl-statement.ts";
import { openRoot } from "./roots.ts";
import { authorityDirectory } from "./statement.ts";

export const rootCrlReportFile = "root-crl-report.jws";

/**
 * Signs a root's next CRL, which enough operators approved, and stores it with a signed report.
 *
 * Throws {@link CeremonyRefused} if the root's key was not used, Error if it could not be opened or does not sign: nothing is
 * stored in either case.
 */
export async function holdRootCrl(
  input: CeremonyInput,
): Promise<{ folder: string; number: bigint; report: RootCrlReport }> {
  const { statement, software, clock } = input;
  const startedAt = clock();
  const config = await readCeremonyConfig(input.config);
  const asked = readRootCrlStatement(statement);
  if (asked === undefined) {
    throw new CeremonyRefused(
      "The statement is not for a root's CRL; plan it with `ceremony root-crl plan`.",
    );
  }
  const planned = await writeRootCrlStatement(input.config, config, asked.generation, software, asked.revoke);
  if (planned !== statement) {
    throw new CeremonyRefused(
      "The statement differs from what this configuration, the newest CRL and this software produce; plan again, and approve the result.",
    );
  }
  const approvals = await approvedBy(statement, input.approvals, config.approval, startedAt);

  const directory = authorityDirectory(config);
  const root = await openRoot({ ...input, directory }, asked.generation);
  const made = await makeRootCrl(directory, root, wholeSeconds(clock()), asked.revoke);
  const act = { software, startedAt, endedAt: clock(), statement, approvals };
  const report = makeRootCrlReport(root, made.der, act);
  const signed = await signReport(report, root, rootCrlReportType);
  const folder = await keepRenewedRootCrl(directory, asked.generation, made, (scratch) =>
    createDurably(join(scratch, rootCrlReportFile), signed, 0o644),
  );
  return { folder, number: made.number, report };
}
