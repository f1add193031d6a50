import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { createDurably } from "../key-store/durable-file.ts";
import type { KeyAlgorithm } from "../key-store/key-store.ts";

/** `<directory>/<generation>/generation.json`: the description of a generation, without secrets. */

export const generationId = z
  .string()
  .regex(/^g[1-9][0-9]{0,3}$/, 'a generation is called "g1", "g2", and so on');

export const keyAlgorithm = z.enum([
  "P-256",
  "P-384",
  "RSA-2048",
  "RSA-3072",
  "RSA-4096",
] satisfies KeyAlgorithm[]);

const pkcs11 = z.strictObject({
  type: z.literal("pkcs11"),
  /** Path of the vendor's library. */
  module: z.string().min(1),
  /** Label of the token. */
  token: z.string().min(1).max(32),
});
/** The location of a generation's keys. Software keys are in its folder; a token's PIN is not stored in the engine's files. */
export const keyStoreRecord = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("software") }),
  pkcs11,
]);
export type KeyStoreRecord = z.infer<typeof keyStoreRecord>;
/** A key store that must be opened with a PIN. */
export type KeyStoreReference = z.infer<typeof pkcs11>;

const generationRecord = z.strictObject({
  id: generationId,
  keyStore: keyStoreRecord,
  /** The generation whose ceremony created the root's key, and in whose key store it is. */
  rootGeneration: generationId,
  rootKeyId: z.string(),
  issuingKeyId: z.string(),
  ocspSignerAlgorithm: keyAlgorithm,
  crlShards: z.int().min(1).max(256),
  issuesFrom: z.iso.datetime(),
  createdAt: z.iso.datetime(),
});
export type GenerationRecord = z.infer<typeof generationRecord>;

const fileName = "generation.json";

/** Its number: later generations have higher ones. */
export const numberOf = (id: string): number => Number(id.slice(1));

export const rootKeyIdOf = (generation: string): string => `${generation}-root`;
export const issuingKeyIdOf = (generation: string): string => `${generation}-issuing`;
export const ocspKeyPrefixOf = (generation: string): string => `${generation}-ocsp-`;

/** The ids of all generations in a directory, oldest first, without scratch folders of ceremonies. */
export async function listGenerations(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names
    .filter((name) => generationId.safeParse(name).success)
    .toSorted((a, b) => numberOf(a) - numberOf(b));
}

export const writeGeneration = (folder: string, record: GenerationRecord): Promise<void> =>
  createDurably(join(folder, fileName), `${JSON.stringify(record, undefined, 2)}\n`, 0o644);

/** Throws Error if the file is missing or not of this version. */
export async function readGeneration(directory: string, id: string): Promise<GenerationRecord> {
  const path = join(directory, id, fileName);
  const text = await readFile(path, "utf8").catch(() => undefined);
  const parsed = text === undefined ? undefined : generationRecord.safeParse(jsonOf(text));
  if (!parsed?.success || parsed.data.id !== id) {
    throw new Error(`${path} is missing or does not describe ${id}; restore the folder from a backup.`);
  }
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
