import { join } from "node:path";
import type { RootCrl } from "../authority.ts";
import { readIssuer } from "../authority.ts";
import { exists, readCertificate } from "../authority-files.ts";
import { type GenerationRecord, listGenerations, readGeneration } from "../generation.ts";
import { keepRenewedRootCrl, newestRootCrl } from "../root-crl-files.ts";
import { wholeSeconds } from "../time.ts";
import { reportFile } from "./hold.ts";
import { makeRootCrl, rootCrlAlarmMs } from "./root-crl.ts";
import { openRoot } from "./roots.ts";

export interface RootCrlRenewal {
  /** Generations whose root has a new CRL. */
  renewed: string[];
  /** Those whose root's CRL has ended or ends soon, and requires a ceremony. */
  ending: { generation: string; nextUpdate: Date }[];
}

/**
 * Renews each root's CRL that is past half of its validity, if `development` allows it and the root was created without a
 * ceremony. A root created by operators signs only with their approval, wherever its key is.
 *
 * Rejects if a root's key does not open or sign. Of two concurrent renewals one may find the other's CRL.
 */
export async function renewRootCrls(options: {
  directory: string;
  passphrase: string;
  development: boolean;
  clock: () => Date;
}): Promise<RootCrlRenewal> {
  const { directory } = options;
  const now = wholeSeconds(options.clock());
  const result: RootCrlRenewal = { renewed: [], ending: [] };
  for (const generation of await rootsInUse(directory, now)) {
    const record = await readGeneration(directory, generation);
    const crl = await newestRootCrl(directory, generation);
    const root = readIssuer(await readCertificate(join(directory, generation), record.rootKeyId));
    // The last CRL ends with its root: another one with the same end has no use.
    if (crl === undefined || crl.nextUpdate >= root.notAfter) continue;
    if (options.development && (await isDevelopmentRoot(directory, record))) {
      if (now.getTime() < halfOf(crl)) continue;
      await renew(options, generation, now);
      result.renewed.push(generation);
    } else if (crl.nextUpdate.getTime() - now.getTime() < rootCrlAlarmMs) {
      result.ending.push({ generation, nextUpdate: crl.nextUpdate });
    }
  }
  return result;
}

const halfOf = ({ thisUpdate, nextUpdate }: RootCrl): number =>
  (thisUpdate.getTime() + nextUpdate.getTime()) / 2;

/** The generations that created the roots of issuing CAs that have not ended. */
async function rootsInUse(directory: string, now: Date): Promise<Set<string>> {
  const roots = new Set<string>();
  for (const id of await listGenerations(directory)) {
    const { rootGeneration, issuingKeyId } = await readGeneration(directory, id);
    const issuing = readIssuer(await readCertificate(join(directory, id), issuingKeyId));
    if (issuing.notAfter >= now) roots.add(rootGeneration);
  }
  return roots;
}

async function isDevelopmentRoot(directory: string, { id, keyStore }: GenerationRecord): Promise<boolean> {
  return keyStore.type === "software" && !(await exists(join(directory, id, reportFile)));
}

async function renew(
  { directory, passphrase }: { directory: string; passphrase: string },
  generation: string,
  now: Date,
): Promise<void> {
  const root = await openRoot({ directory, passphrase: async () => passphrase }, generation);
  await keepRenewedRootCrl(directory, generation, await makeRootCrl(directory, root, now));
}
