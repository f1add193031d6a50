import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory } from "../key-store/durable-file.ts";
import type { RootCrl } from "./authority.ts";
import { readRootCrl, scratchPrefix, writeRootCrl } from "./authority-files.ts";
import { listGenerations, readGeneration } from "./generation.ts";

/**
 * The CRLs of a root on disk. A ceremony writes one to its generation's folder. Each renewal has its own folder,
 * `root-crl-<number>/`, below the generation that created the root.
 */
const renewalPrefix = "root-crl-";
const renewalPattern = /^root-crl-[0-9]{1,48}$/;

/** The CRL of a root with the highest number; `undefined` during its first ceremony. */
export async function newestRootCrl(directory: string, rootGeneration: string): Promise<RootCrl | undefined> {
  const folders: string[] = [];
  for (const id of await listGenerations(directory)) {
    if ((await readGeneration(directory, id)).rootGeneration !== rootGeneration) continue;
    folders.push(join(directory, id));
    if (id === rootGeneration) folders.push(...(await renewalsIn(join(directory, id))));
  }
  const crls = await Promise.all(folders.map((folder) => readRootCrl(folder)));
  return crls.toSorted((a, b) => (a.number < b.number ? 1 : -1))[0];
}

async function renewalsIn(folder: string): Promise<string[]> {
  return (await readdir(folder))
    .filter((name) => renewalPattern.test(name))
    .map((name) => join(folder, name));
}

/**
 * Stores a renewed CRL (DER), with the records from `addRecords`, atomically. Throws Error if its number exists. Returns its
 * folder.
 */
export async function keepRenewedRootCrl(
  directory: string,
  rootGeneration: string,
  { der, number }: { der: Uint8Array; number: bigint },
  addRecords: (folder: string) => Promise<void> = async () => {},
): Promise<string> {
  const generation = join(directory, rootGeneration);
  const scratch = await mkdtemp(join(directory, scratchPrefix));
  const folder = join(generation, `${renewalPrefix}${number}`);
  try {
    await writeRootCrl(scratch, der);
    await addRecords(scratch);
    // Fails if the folder exists, because it is not empty.
    await rename(scratch, folder);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    throw error;
  }
  await syncDirectory(generation);
  return folder;
}
