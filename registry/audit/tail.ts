import type { Connection } from "../database.ts";
import { required } from "../required.ts";

/** Unchained lines: those in the tail, and those in neither the tail nor the chain. */
export async function unchained(
  connection: Connection,
): Promise<{ waiting: number; oldest: Date | null; newest: Date | null; strays: string[]; gone: string[] }> {
  const { rows } = await connection.query<Awaited<ReturnType<typeof unchained>>>(
    `select count(t.line_id)::int as waiting, min(l.at) as oldest, max(l.at) as newest,
       coalesce((select array_agg(s.id::text order by s.id) from public.audit_lines s
          where not exists (select 1 from public.audit_tail where line_id = s.id)
            and not exists (select 1 from public.audit_chain where line_id = s.id)), '{}') as strays,
       coalesce(array_agg(t.line_id::text order by t.line_id) filter (where l.id is null and t.line_id is not null), '{}') as gone
     from public.audit_tail t left join public.audit_lines l on l.id = t.line_id`,
  );
  return required(rows[0], "The row that a statement returns");
}

/** The time of the oldest line chained after a position. */
export async function oldestBehind(connection: Connection, position: bigint): Promise<Date | null> {
  const { rows } = await connection.query<{ oldest: Date | null }>(
    `select min(l.at) as oldest from public.audit_chain c join public.audit_lines l on l.id = c.line_id
     where c.position > $1`,
    [position.toString()],
  );
  return rows[0]?.oldest ?? null;
}

const watchedLines = 1_000;

/** The last chain position, and the waiting lines, up to 1,000. */
export async function tailStanding(
  connection: Connection,
): Promise<{ head: string | null; waiting: string[] }> {
  const { rows } = await connection.query<{ head: string | null; waiting: string[] }>({
    name: "audit-tail-standing",
    text: `select (select max(position)::text from public.audit_chain) as head,
             coalesce((select array_agg(t.line_id::text) from
               (select line_id from public.audit_tail order by line_id limit ${watchedLines}) t), '{}') as waiting`,
  });
  return required(rows[0], "The row that a statement returns");
}

/** Lines that waited and now are neither waiting nor chained, or are missing. */
export async function lostLines(connection: Connection, lineIds: readonly string[]): Promise<string[]> {
  if (lineIds.length === 0) return [];
  const { rows } = await connection.query<{ id: string }>(
    `select n.id::text from unnest($1::bigint[]) as n (id)
     where not exists (select 1 from public.audit_lines l where l.id = n.id)
       or (not exists (select 1 from public.audit_tail t where t.line_id = n.id)
         and not exists (select 1 from public.audit_chain c where c.line_id = n.id)) order by n.id`,
    [lineIds],
  );
  return rows.map(({ id }) => id);
}

/** Whether lines have waited to be chained for longer than `seconds`, or have a time as far in the future. */
export async function isTailOlderThan(connection: Connection, seconds: number): Promise<boolean> {
  const { rows } = await connection.query<{ overdue: boolean }>({
    name: "audit-tail-overdue",
    text: `select exists (select 1 from public.audit_tail t left join public.audit_lines l on l.id = t.line_id
             where l.id is null or abs(extract(epoch from clock_timestamp() - l.at)) > $1) as overdue`,
    values: [seconds],
  });
  return rows[0]?.overdue === true;
}
