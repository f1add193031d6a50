import type { Connection } from "../database.ts";
import { type Pair, pairs } from "./pairs.ts";
import type { PurgedKind } from "./purges.ts";

/** An act with only a row, or only a line. */
export interface HalfAct {
  name: string;
  /** Ids and codes that pair the row with the line. */
  key: string;
  /** The total number. */
  count: number;
}

const linesOf = ({ line, where = "true" }: Pair, more = ""): string =>
  `select ${line} as key${more} from public.audit_lines l where l.act = any($1) and (${where})`;

const all: readonly Pair[] = pairs;
const holding = (half: "row" | "line") => all.filter(({ holds }) => holds === half || holds === "both");

// Each list of pairs has the order of its statements.
const rowsWithLine = holding("row");
const withoutLine = rowsWithLine.map(
  (pair) => `with acts as (select key, count(*) as n from (${pair.rows}) r
      where $2::timestamptz is null or (r.at > $2::timestamptz) is not false group by key),
    lines as (select key, count(*) as n from (${linesOf(pair)}) l group by key)
  select a.key, count(*) over ()::integer as count from acts a left join lines l on l.key = a.key
  where a.n > coalesce(l.n, 0) order by a.key limit 1`,
);

/**
 * Rows of acts without a line, or with fewer lines than rows: the first of each pair.
 * @param since lines of earlier acts were destroyed lawfully; a row without a time is always checked
 */
export async function rowsWithoutLine(connection: Connection, since: Date | undefined): Promise<HalfAct[]> {
  const found: HalfAct[] = [];
  for (const [index, { name, acts }] of rowsWithLine.entries()) {
    // oxlint-disable-next-line typescript/no-non-null-assertion -- one statement for each pair, in their order
    const { rows } = await connection.query<{ key: string | null; count: number }>(withoutLine[index]!, [
      acts,
      since ?? null,
    ]);
    for (const { key, count } of rows) found.push({ name, key: key ?? "?", count });
  }
  return found;
}

/** The records that signed purges destroyed: listed by purge id, or only counted for older purges. */
export type PurgesOf = Record<PurgedKind, { listed: string[]; unlisted: number }>;

const linesWithRow = holding("line");
const withoutRow = linesWithRow.map(
  (pair) => `with acts as (select r.key from (${pair.rows}) r),
    lines as (select distinct key, purged
              from (${linesOf(pair, `, ${pair.purged?.key ?? "null::text"} as purged`)}) l where key is not null)
  select min(l.key) as key, count(distinct coalesce(l.purged, l.key))::integer as count from lines l
  where not exists (select 1 from acts a where a.key = l.key)
    and not exists (select 1 from public.purged_records p
                    where p.record_id = l.purged and p.purge_id = any($2::uuid[]))`,
);

/** Lines whose row is missing and that no signed purge names: the first of each pair. */
export async function linesWithoutRow(connection: Connection, purges: PurgesOf): Promise<HalfAct[]> {
  const found: HalfAct[] = [];
  for (const [index, { name, acts, purged }] of linesWithRow.entries()) {
    const { listed, unlisted } = purged ? purges[purged.what] : { listed: [], unlisted: 0 };
    // oxlint-disable-next-line typescript/no-non-null-assertion -- one statement for each pair, in their order
    const { rows } = await connection.query<{ key: string | null; count: number }>(withoutRow[index]!, [
      acts,
      listed,
    ]);
    for (const { key, count } of rows) if (count > unlisted) found.push({ name, key: key ?? "?", count });
  }
  return found;
}

const theLogItself = [
  "audit_lines",
  "audit_chain",
  "audit_tail",
  "audit_last_checkpoint",
  "purged_records",
  "purges",
  "crls",
];

/** The verified tables that are not plain tables: views, tables with rules, or tables with row security. */
export async function strangeTables(connection: Connection): Promise<string[]> {
  const names = new Set<string>([...theLogItself, ...all.flatMap(({ tables }) => tables)]);
  const { rows } = await connection.query<{ name: string }>(
    `select n.name from unnest($1::text[]) as n (name)
     left join pg_class c on c.relname = n.name and c.relnamespace = 'public'::regnamespace
     where c.oid is null or c.relkind <> 'r' or c.relrowsecurity
       or exists (select 1 from pg_rewrite w where w.ev_class = c.oid)
     order by 1`,
    [[...names]],
  );
  return rows.map(({ name }) => name);
}
