import { createHash, randomUUID } from "node:crypto";
import { z } from "zod";
import { audit } from "../../registry/audit/lines.ts";
import {
  addPurge,
  addPurgedRecords,
  type Destroyed,
  type PurgedKind,
  purgedKinds,
} from "../../registry/audit/purges.ts";
import type { Connection } from "../../registry/database.ts";

/** What one purge destroyed; the audit key signs it in the checkpoint store. */
export const purgeRecord = z.object({
  /** The id of its row and of its line in the audit log. */
  id: z.string(),
  what: z.enum(purgedKinds),
  count: z.number().int().positive(),
  /** SHA-256 over the destroyed records, base64url. */
  digest: z.string(),
  keptYears: z.number().int().min(0),
  /** `digest` covers the purge's rows in `purged_records`. Absent in older records and for audit lines. */
  listed: z.boolean().optional(),
  /** For audit lines: the last destroyed position and its hash, from which the chain continues. */
  chain: z
    .object({
      position: z
        .string()
        .regex(/^[1-9][0-9]*$/)
        .transform(BigInt),
      hash: z.string().length(43),
    })
    .optional(),
});
export type PurgeRecord = z.infer<typeof purgeRecord>;

/** SHA-256 (base64url) over "id digest" lines. */
export function digestOf(records: readonly { id: string; digest: string }[]): string {
  const hash = createHash("sha256");
  for (const { id, digest } of records) hash.update(`${id} ${digest}\n`);
  return hash.digest("base64url");
}

/**
 * Writes the row and the audit line that prove what a purge destroyed.
 * @param destroyed audit lines in chain order; for other records the order does not matter
 * @returns `undefined` if nothing was destroyed
 */
export async function recordPurge(
  connection: Connection,
  what: PurgedKind,
  destroyed: readonly Destroyed[],
  keptYears: number,
  chain?: { position: bigint; hash: string },
): Promise<PurgeRecord | undefined> {
  if (destroyed.length === 0) return undefined;
  const listed = chain === undefined;
  const records = listed ? destroyed.toSorted((a, b) => (a.id < b.id ? -1 : 1)) : destroyed;
  const purge = { what, count: records.length, digest: digestOf(records) };
  const id = randomUUID();
  await addPurge(connection, { id, ...purge, keptYears, chain });
  if (listed) await addPurgedRecords(connection, id, records);
  await audit(connection, "records-purged", id, { ...purge, keptYears });
  return { id, ...purge, keptYears, ...(chain ? { chain } : { listed }) };
}
