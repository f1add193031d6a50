import { join } from "node:path";
import { createDurably } from "../../key-store/durable-file.ts";
import type { GeneratingKeyStore } from "../../key-store/key-store.ts";
import type { KeyStoreReference } from "../generation.ts";
import { approvedBy } from "./approvals.ts";
import { readCeremonyConfig } from "./config.ts";
import { makeGeneration } from "./make-generation.ts";
import { CeremonyRefused } from "./refused.ts";
import { type CeremonyReport, makeReport, signReport } from "./report.ts";
import { reportText } from "./report-text.ts";
import { authorityDirectory, writeStatement } from "./statement.ts";

export interface CeremonyInput {
  /** The YAML with which the statement was made. */
  config: string;
  /** The exact text that the operators approved. */
  statement: string;
  approvals: readonly string[];
  /** Name and version of the software that holds the ceremony. */
  software: string;
  /** Passphrase of the software key stores; requested when one is opened, after the approvals were checked. */
  passphrase: () => Promise<string>;
  openKeyStore: (reference: KeyStoreReference) => Promise<GeneratingKeyStore>;
  clock: () => Date;
}

/** Files of the record, in the generation's folder. */
export const reportFile = "ceremony-report.jws";
const textFile = "ceremony-report.md";
const statementFile = "ceremony-statement.json";

/**
 * Holds a key ceremony that enough operators approved: creates the generation, with the signed report in its folder.
 *
 * Throws {@link CeremonyRefused} if nothing was started, CeremonyFailed if it was started and failed.
 */
export async function holdCeremony(
  input: CeremonyInput,
): Promise<{ folder: string; report: CeremonyReport }> {
  const { statement, software, clock } = input;
  const startedAt = clock();
  const config = await readCeremonyConfig(input.config);
  if ((await writeStatement(input.config, config, software)) !== statement) {
    throw new CeremonyRefused(
      "The statement differs from what this configuration, these generations and this software produce; plan again, and approve the result.",
    );
  }
  const approvals = await approvedBy(statement, input.approvals, config.approval, startedAt);

  const { plan } = config;
  const directory = authorityDirectory(config);
  let report: CeremonyReport | undefined;
  await makeGeneration({
    directory,
    plan,
    passphrase: input.passphrase,
    openKeyStore: input.openKeyStore,
    clock,
    addRecords: async (folder, made) => {
      report = makeReport(made, { software, startedAt, endedAt: clock(), statement, approvals });
      const signed = await signReport(report, made.root);
      await createDurably(join(folder, statementFile), statement, 0o644);
      await createDurably(join(folder, reportFile), signed, 0o644);
      await createDurably(join(folder, textFile), reportText(report), 0o644);
    },
  });
  if (report === undefined)
    throw new Error("A ceremony ended without a report; this is a bug in the engine.");
  return { folder: join(directory, plan.generation), report };
}
