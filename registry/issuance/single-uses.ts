import type { Connection } from "../database.ts";

/**
 * True the first time, false ever after until it ends: single use, whichever process asks. Each use takes some that have
 * ended with it; what another is just taking is left to that one.
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
