import { type Connection, first } from "../database.ts";

/** The last record signed into the checkpoint folder, as noted in the database. */
export interface NotedCheckpoint {
  /** SHA-256 (base64url). */
  digest: string;
  /** It was removed from the folder, and others were signed since. */
  lost: boolean;
}

export async function notedCheckpoint(connection: Connection): Promise<NotedCheckpoint | undefined> {
  return first(
    await connection.query<NotedCheckpoint>("select digest, lost from public.audit_last_checkpoint"),
  );
}

export async function noteCheckpoint(connection: Connection, digest: string, at: Date): Promise<void> {
  await connection.query(
    `insert into public.audit_last_checkpoint (digest, signed_at) values ($1, $2)
     on conflict (one) do update set digest = excluded.digest, signed_at = excluded.signed_at`,
    [digest, at],
  );
}

/** Marks the noted record as removed from the folder; it stays noted. */
export async function noteLoss(connection: Connection): Promise<void> {
  await connection.query("update public.audit_last_checkpoint set lost = true where not lost");
}
