import { type Connection, first } from "../database.ts";
import { type CheckpointStore, digestOfSigned, previousOf } from "./checkpoints.ts";

/** What was signed last into the folder of checkpoints, as the database knows it. */
export interface NotedCheckpoint {
  /** SHA-256 (base64url). */
  digest: string;
  /** It was removed from the folder, and the engine has signed since. */
  lost: boolean;
}

export async function notedCheckpoint(connection: Connection): Promise<NotedCheckpoint | undefined> {
  return first(
    await connection.query<NotedCheckpoint>("select digest, lost from public.audit_last_checkpoint"),
  );
}

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
  await (isLost
    ? connection.query("update public.audit_last_checkpoint set lost = true where not lost")
    : connection.query(
        `insert into public.audit_last_checkpoint (digest, signed_at) values ($1, $2)
         on conflict (one) do update set digest = excluded.digest, signed_at = excluded.signed_at`,
        [digestOfSigned(signed), at],
      ));
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
