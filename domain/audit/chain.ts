import { createHash } from "node:crypto";
import type { Pool } from "pg";
import {
  addEntries,
  type ChainEntry,
  chainHead,
  lockSequencer,
  waitingLines,
} from "../../registry/audit/chain.ts";
import { transaction } from "../../registry/database.ts";

/** The hash before the first entry: 32 zero octets. */
export const emptyHash: Buffer = Buffer.alloc(32);

export const sha256 = (...parts: (string | Uint8Array)[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The hash of an entry, over the previous hash, its position, its line's id and content. */
export const hashOf = (before: Uint8Array, entry: Omit<ChainEntry, "hash">): Buffer =>
  sha256(before, `${entry.position}:${entry.lineId}:`, entry.lineSha256);

const batchLines = 1_000;

/**
 * Chains one batch of unchained lines, in the order of their ids among those that have committed. Lines commit out of
 * order; each stays in the tail until it is chained, so that none is skipped.
 * @returns how many were chained; 0 if another sequencer holds the lock
 */
export async function chainBatch(pool: Pool): Promise<number> {
  return transaction(pool, async (connection) => {
    if (!(await lockSequencer(connection))) return 0;
    let head = await chainHead(connection);
    const entries: ChainEntry[] = [];
    for (const { id: lineId, text } of await waitingLines(connection, batchLines)) {
      const entry = { position: (head?.position ?? 0n) + 1n, lineId, lineSha256: sha256(text) };
      head = { ...entry, hash: hashOf(head?.hash ?? emptyHash, entry) };
      entries.push({ ...entry, hash: head.hash });
    }
    if (entries.length > 0) await addEntries(connection, entries);
    return entries.length;
  });
}
