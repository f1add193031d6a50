import type { Connection } from "../database.ts";

/** The calls that J-LIS bills for: a certificate's status, its predecessor or successor, a person's latest attributes. */
export type JlisCall = "status" | "linkage" | "attributes";

/** Counts one call, by the day (UTC). */
export async function countJlisCall(connection: Connection, kind: JlisCall, now: Date): Promise<void> {
  await connection.query({
    name: "count-jlis-call",
    text: `insert into jlis_calls (day, kind, count) values ($1, $2, 1)
           on conflict (day, kind) do update set count = jlis_calls.count + 1`,
    values: [now.toISOString().slice(0, 10), kind],
  });
}

export interface JlisCallsOfDay {
  /** YYYY-MM-DD, UTC */
  day: string;
  kind: JlisCall;
  count: number;
}

/** The last `days` days with calls to J-LIS, newest first. */
export async function recentJlisCalls(connection: Connection, days: number): Promise<JlisCallsOfDay[]> {
  const { rows } = await connection.query<JlisCallsOfDay>(
    `select day::text, kind, count::float8 as count from jlis_calls
     where day in (select distinct day from jlis_calls order by day desc limit $1) order by day desc, kind`,
    [days],
  );
  return rows;
}
