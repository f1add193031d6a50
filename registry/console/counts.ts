import type { Pool } from "pg";
import { tryLockOne } from "../advisory-locks.ts";
import { transaction } from "../database.ts";

/** The number of lifecycles of one kind in one state. */
export interface LifecycleCount {
  lifecycle: string;
  state: string;
  count: number;
}

/** The batch size: a backlog is processed in batches, each of which is quick. */
const foldAtOnce = 10_000;

/**
 * Adds recorded state changes to the counts, and deletes them. One process at a time; others skip their turn.
 * @returns how many were processed
 */
export async function foldMoves(pool: Pool): Promise<number> {
  return transaction(pool, async (connection) => {
    if (!(await tryLockOne(connection, "lifecycleCounts"))) return 0;
    const folded = await connection.query<{ moves: number }>({
      name: "fold-moves",
      text: `with taken as (delete from lifecycle_moves
                            where id in (select id from lifecycle_moves order by id limit $1)
                            returning lifecycle, state, change),
               added as (insert into lifecycle_counts (lifecycle, state, count)
                         select lifecycle, state, sum(change) from taken group by lifecycle, state
                         on conflict (lifecycle, state) do update
                           set count = lifecycle_counts.count + excluded.count)
             select count(*)::integer as moves from taken`,
      values: [foldAtOnce],
    });
    return folded.rows[0]?.moves ?? 0;
  });
}

/** The limit up to which stuck deliveries are counted. */
const mostStuck = 10_000;

/**
 * The counts by lifecycle and state, including unprocessed state changes; and, as `trouble` and `stuck`, the number of
 * deliveries that failed and are retried.
 */
export async function readCounts(pool: Pool): Promise<LifecycleCount[]> {
  const { rows } = await pool.query<LifecycleCount>({
    name: "read-counts",
    text: `select lifecycle, state, sum(count)::float8 as count
           from (select lifecycle, state, count from lifecycle_counts
                 union all select lifecycle, state, change from lifecycle_moves) moved
           group by lifecycle, state having sum(count) <> 0
           union all select 'trouble', 'stuck', count(*)::float8
           from (select from security_events where state = 'pending' and attempts > 0 limit $1) stuck
           having count(*) > 0
           order by lifecycle, state`,
    values: [mostStuck],
  });
  return rows;
}
