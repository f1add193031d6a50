import { join } from "node:path";
import * as z from "zod";
import { readCertificate } from "../authority-files.ts";
import { listGenerations, readGeneration } from "../generation.ts";
import { newestRootCrl } from "../root-crl-files.ts";
import { fingerprint } from "./approvals.ts";
import { approvalPolicy, type CeremonyConfig } from "./config.ts";
import { CeremonyRefused } from "./refused.ts";
import { rootCrlDays } from "./root-crl.ts";
import { authorityDirectory } from "./statement.ts";

/** What every operator reads and approves before a root signs its next CRL. */
export const rootCrlStatement = z.strictObject({
  act: z.literal("kazasu/root-crl/1"),
  software: z.string(),
  configSha256: z.string(),
  directory: z.string(),
  /** The generation whose ceremony made the root. */
  generation: z.string(),
  root: z.strictObject({ key: z.string(), sha256: z.string() }),
  /** The CRL that it follows. The number of the new one is higher. */
  previous: z.strictObject({ number: z.string(), sha256: z.string(), nextUpdate: z.string() }),
  days: z.int(),
  /** Nothing is on it. */
  entries: z.literal(0),
  approval: approvalPolicy,
});
export type RootCrlStatement = z.infer<typeof rootCrlStatement>;

/**
 * The exact text to approve: the next CRL of the root above a generation. It names the CRL before, so that what was approved
 * can be done once. Throws {@link CeremonyRefused}.
 */
export async function writeRootCrlStatement(
  configText: string,
  config: CeremonyConfig,
  generation: string,
  software: string,
): Promise<string> {
  const directory = authorityDirectory(config);
  if (!(await listGenerations(directory)).includes(generation)) {
    throw new CeremonyRefused(`There is no ${generation} in ${directory}; look at its name and at \`keys\`.`);
  }
  const { rootGeneration, rootKeyId } = await readGeneration(directory, generation);
  const root = await readCertificate(join(directory, rootGeneration), rootKeyId);
  const previous = await newestRootCrl(directory, rootGeneration);
  if (previous === undefined) throw new CeremonyRefused(`${rootGeneration} is not in ${directory}.`);
  if (!previous.isEmpty) {
    throw new CeremonyRefused(
      `The newest CRL of the root of ${rootGeneration} lists certificates, and an empty one would take that back.`,
    );
  }
  const statement: RootCrlStatement = {
    act: "kazasu/root-crl/1",
    software,
    configSha256: fingerprint(configText),
    directory,
    generation: rootGeneration,
    root: { key: rootKeyId, sha256: fingerprint(root) },
    previous: {
      number: String(previous.number),
      sha256: fingerprint(previous.der),
      nextUpdate: previous.nextUpdate.toISOString(),
    },
    days: rootCrlDays,
    entries: 0,
    approval: config.approval,
  };
  return JSON.stringify(statement, undefined, 2);
}

/** `undefined` where the text is no statement of this act. */
export function readRootCrlStatement(text: string): RootCrlStatement | undefined {
  try {
    return rootCrlStatement.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
