import { join } from "node:path";
import * as z from "zod";
import { readCertificate as parseCertificate } from "../../x509/certificate.ts";
import type { RootCrl } from "../authority.ts";
import { readCertificate } from "../authority-files.ts";
import { listGenerations, readGeneration } from "../generation.ts";
import { newestRootCrl } from "../root-crl-files.ts";
import { fingerprint } from "./approvals.ts";
import { approvalPolicy, type CeremonyConfig } from "./config.ts";
import { CeremonyRefused } from "./refused.ts";
import { rootCrlDays } from "./root-crl.ts";
import { authorityDirectory } from "./statement.ts";

/** Reasons that apply to a CA; the others are about a person. */
export const reasonToRevokeCa = z.enum(["cACompromise", "superseded", "cessationOfOperation", "unspecified"]);

/** An issuing CA that its root is to revoke. */
export interface CaToRevoke {
  generation: string;
  reason: z.infer<typeof reasonToRevokeCa>;
}

/** What every operator reads and approves before a root signs its next CRL. */
export const rootCrlStatement = z.strictObject({
  act: z.literal("kazasu/root-crl/1"),
  software: z.string(),
  configSha256: z.string(),
  directory: z.string(),
  /** The generation whose ceremony created the root. */
  generation: z.string(),
  root: z.strictObject({ key: z.string(), sha256: z.string() }),
  /** The previous CRL. The new one has a higher number. */
  previous: z.strictObject({ number: z.string(), sha256: z.string(), nextUpdate: z.string() }),
  days: z.int(),
  /** The number of certificates on it: those of the previous one, and those that it revokes. */
  entries: z.int().nonnegative(),
  /** The CA to be revoked, from the time of signing. */
  revoke: z
    .array(
      z.strictObject({
        generation: z.string(),
        certificate: z.string(),
        sha256: z.string(),
        serial: z.string(),
        reason: reasonToRevokeCa,
      }),
    )
    .min(1)
    .optional(),
  approval: approvalPolicy,
});
export type RootCrlStatement = z.infer<typeof rootCrlStatement>;

/**
 * The exact text to approve: the next CRL of a generation's root. It names the previous CRL, so that an approval can be used
 * once, and the issuing CA to be revoked, if any. Throws {@link CeremonyRefused}.
 */
export async function writeRootCrlStatement(
  configText: string,
  config: CeremonyConfig,
  generation: string,
  software: string,
  revoke: readonly CaToRevoke[] = [],
): Promise<string> {
  const directory = authorityDirectory(config);
  if (!(await listGenerations(directory)).includes(generation)) {
    throw new CeremonyRefused(`There is no ${generation} in ${directory}; look at its name and at \`keys\`.`);
  }
  const { rootGeneration, rootKeyId } = await readGeneration(directory, generation);
  const root = await readCertificate(join(directory, rootGeneration), rootKeyId);
  const previous = await newestRootCrl(directory, rootGeneration);
  if (previous === undefined) throw new CeremonyRefused(`${rootGeneration} is not in ${directory}.`);
  const revoked = await Promise.all(
    revoke.map((each) => describeRevoked(directory, rootGeneration, each, previous)),
  );
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
    entries: previous.entries.length + revoked.length,
    ...(revoked.length > 0 && { revoke: revoked }),
    approval: config.approval,
  };
  return JSON.stringify(statement, undefined, 2);
}

async function describeRevoked(
  directory: string,
  rootGeneration: string,
  { generation, reason }: CaToRevoke,
  { entries }: RootCrl,
) {
  if (!(await listGenerations(directory)).includes(generation))
    throw new CeremonyRefused(`There is no ${generation} in ${directory} whose issuing CA could be revoked.`);
  const record = await readGeneration(directory, generation);
  if (record.rootGeneration !== rootGeneration)
    throw new CeremonyRefused(
      `The issuing CA of ${generation} is below the root of ${record.rootGeneration}: plan with --generation ${generation}.`,
    );
  const der = await readCertificate(join(directory, generation), record.issuingKeyId);
  const { serial } = parseCertificate(der);
  if (entries.some((entry) => entry.serial === serial))
    throw new CeremonyRefused(`The issuing CA of ${generation} is revoked already; that is for ever.`);
  return { generation, certificate: record.issuingKeyId, sha256: fingerprint(der), serial, reason };
}

/** `undefined` if the text is not a statement of this act. */
export function readRootCrlStatement(text: string): RootCrlStatement | undefined {
  try {
    return rootCrlStatement.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
