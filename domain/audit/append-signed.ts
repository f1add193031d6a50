import { noteCheckpoint, notedCheckpoint, noteLoss } from "../../registry/audit/last-checkpoint.ts";
import type { Connection } from "../../registry/database.ts";
import { type CheckpointStore, digestOfSigned, previousOf } from "./checkpoints.ts";

/**
 * Signs the next record after the last one signed and notes its digest, in the transaction that holds the checkpoint
 * lock. If the record
 * that the database names as the last was removed from the folder, its digest stays noted, so that the loss remains
 * detectable.
 * @returns whether the last record was removed
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

/**
 * A crash between file and commit leaves the file one record ahead. More such crashes in a row lead to a full search.
 */
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
