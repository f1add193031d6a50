import { noteCheckpoint, notedCheckpoint, noteLoss } from "../../registry/audit/last-checkpoint.ts";
import type { Connection } from "../../registry/database.ts";
import { type CheckpointStore, digestOfSigned, previousOf } from "./checkpoints.ts";

/**
 * Signs behind what was signed last, in the transaction of whoever holds the lock of checkpoints, and notes it. Where the last that
 * the database knows was removed from the folder, that one stays noted, so that it is missed for good.
 * @returns whether it was removed
 */
export async function appendSigned(
  connection: Connection,
  checkpoints: CheckpointStore,
  sign: (last: string | undefined) => Promise<string>,
  at: Date,
): Promise<{ isLost: boolean }> {
  const last = await checkpoints.last();
  const noted = await notedCheckpoint(connection);
  const isLost = noted !== undefined && (noted.lost || !(await isThere(checkpoints, last, noted.digest)));
  const signed = await sign(last);
  await checkpoints.append(signed);
  if (isLost) await noteLoss(connection);
  else await noteCheckpoint(connection, digestOfSigned(signed), at);
  return { isLost };
}

/** Killed between file and commit, the file is one further; more often than that in a row it is looked for. */
async function isThere(
  checkpoints: CheckpointStore,
  last: string | undefined,
  digest: string,
): Promise<boolean> {
  if (last === undefined) return false;
  if (digestOfSigned(last) === digest || previousOf(last) === digest) return true;
  for await (const jws of checkpoints.all()) if (digestOfSigned(jws) === digest) return true;
  return false;
}
