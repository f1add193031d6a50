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
  /** The YAML, as it was when the statement was made. */
  config: string;
  /** The exact text the operators approved. */
  statement: string;
  approvals: readonly string[];
  /** Name and version of what holds the ceremony. */
  software: string;
  /** Of the software key stores; asked for when one is opened, after the approvals were checked. */
  passphrase: () => Promise<string>;
  openKeyStore: (reference: KeyStoreReference) => Promise<GeneratingKeyStore>;
  clock: () => Date;
}

/** Files of the record, in the generation's folder. */
export const reportFile = "ceremony-report.jws";
const textFile = "ceremony-report.md";
const statementFile = "ceremony-statement.json";

/**
 * Holds a key ceremony that enough operators approved: makes the generation, with the signed report in its folder.
 *
 * Throws {@link CeremonyRefused} where nothing was begun, CeremonyFailed where it was and nothing came of it.
 */
export async function holdCeremony(
  input: CeremonyInput,
): Promise<{ folder: string; report: CeremonyReport }> {
  const { statement, software, clock } = input;
  const startedAt = clock();
  const config = await readCeremonyConfig(input.config);
  if ((await writeStatement(input.config, config, software)) !== statement) {
    throw new CeremonyRefused(
      "The statement is not what this configuration, these generations and this software make; plan again, and approve that.",
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
    throw new Error("A ceremony ended without a report; this is a mistake of the engine.");
  return { folder: join(directory, plan.generation), report };
}
