import type { Connection } from "../database.ts";

/**
 * True at the first use, false afterwards until the entry expires, in whichever process. Each use deletes some expired entries,
 * and skips those that another is deleting.
 */
export async function useOnce(
  connection: Connection,
  kind: "resource-proof" | "provider-proof",
  id: string,
  seconds: number,
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "use-once",
    text: `with ended as (select kind, id from single_uses where expires_at < now() - interval '1 minute'
                          limit 100 for update skip locked),
             swept as (delete from single_uses s using ended e where s.kind = e.kind and s.id = e.id)
           insert into single_uses (kind, id, expires_at)
           values ($1, $2, now() + make_interval(secs => $3)) on conflict do nothing`,
    values: [kind, id, seconds],
  });
  return rowCount === 1;
}
