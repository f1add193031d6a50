import type { Pool } from "pg";
import { eventually } from "../../integration/eventually.ts";

/** Returns once `many` statements in this database wait for a lock that another transaction holds. */
export async function waiting(pool: Pool, many: number): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await pool.query(
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return (rowCount ?? 0) >= many || undefined;
  });
}
