import { lockOne, tryLockOne } from "../advisory-locks.ts";
import { type Connection, first } from "../database.ts";

/** One entry of the chain, with its position. */
export interface ChainEntry {
  position: bigint;
  lineId: string;
  lineSha256: Buffer;
  hash: Buffer;
}

/** The last position of the chain. */
export interface ChainHead {
  position: bigint;
  lineId: string;
  hash: Buffer;
}

/**
 * A line as text, identical at every read: Postgres's own form of a JSON array, with its own order of object members. The
 * expression is written out in each query, because a function in the database could be altered together with the lines.
 * Postgres's function is qualified with its schema: one of the same name with better matching parameters would be used from any
 * schema in the path.
 */
export const lineText =
  "pg_catalog.jsonb_build_array(l.id, extract(epoch from l.at)::text, l.act, l.subject, l.detail)::text";

/** The unchained lines, in the order of their ids among those that have committed. */
export async function waitingLines(
  connection: Connection,
  limit: number,
): Promise<{ id: string; text: string }[]> {
  const { rows } = await connection.query<{ id: string; text: string }>(
    `select l.id, ${lineText} as text from public.audit_tail t join public.audit_lines l on l.id = t.line_id
     order by l.id limit $1`,
    [limit],
  );
  return rows;
}

/** One sequencer at a time, in any process, until the transaction ends. False if another one runs. */
export const lockSequencer = (connection: Connection): Promise<boolean> =>
  tryLockOne(connection, "auditSequencer");

/** No other process signs a checkpoint until the transaction ends. False if another one is signing. */
export const lockCheckpoints = (connection: Connection): Promise<boolean> =>
  tryLockOne(connection, "auditCheckpoints");

/** As {@link lockCheckpoints}, but waits for the other process. */
export async function awaitCheckpoints(connection: Connection): Promise<void> {
  await lockOne(connection, "auditCheckpoints");
}

/** Adds entries to the chain and removes their lines from the tail. */
export async function addEntries(connection: Connection, entries: readonly ChainEntry[]): Promise<void> {
  await connection.query(
    `insert into public.audit_chain (position, line_id, line_sha256, hash)
     select n.position, n.line_id, n.line_sha256, n.hash
     from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[]) as n (position, line_id, line_sha256, hash)`,
    [
      entries.map(({ position }) => position.toString()),
      entries.map(({ lineId }) => lineId),
      entries.map(({ lineSha256 }) => lineSha256),
      entries.map(({ hash }) => hash),
    ],
  );
  await connection.query("delete from public.audit_tail where line_id = any($1)", [
    entries.map(({ lineId }) => lineId),
  ]);
}

/** The last entry; after a purge of all entries, the end of the purge (without a line). */
export async function chainHead(connection: Connection): Promise<ChainHead | undefined> {
  const row = first(
    await connection.query<{ position: string; lineId: string; hash: Buffer }>(
      // Order by the column, not by its text.
      `select c.position::text, c.line_id::text as "lineId", c.hash from public.audit_chain c
       order by c.position desc limit 1`,
    ),
  );
  if (row) return { ...row, position: BigInt(row.position) };
  return chainStart(connection);
}

/** The chain's start after a purge of all entries: for the sequencer, never for verification. */
async function chainStart(connection: Connection): Promise<ChainHead | undefined> {
  const row = first(
    await connection.query<{ position: string; hash: Buffer | null }>(
      `select last_position::text as position, last_hash as hash from public.purges
       where last_position is not null order by last_position desc limit 1`,
    ),
  );
  if (!row) return undefined;
  if (!row.hash)
    throw new Error("A purge of the audit log has a position and no hash; the registry is damaged.");
  return { position: BigInt(row.position), hash: row.hash, lineId: "" };
}

/** An entry with the current text of its line; `text` is `null` if the line is missing. */
export type ReadEntry = ChainEntry & { text: string | null };

/** The position of the first entry, or `undefined` if there is none. */
export async function firstPosition(connection: Connection): Promise<bigint | undefined> {
  const row = first(
    await connection.query<{ position: string }>(
      "select c.position::text from public.audit_chain c order by c.position limit 1",
    ),
  );
  return row && BigInt(row.position);
}

const pageEntries = 2_000;
const lastPosition = 9_223_372_036_854_775_807n;

/** The chain in order, with its lines, page by page, to its end or to a position. */
export async function* readChain(
  connection: Connection,
  to: bigint = lastPosition,
): AsyncGenerator<ReadEntry> {
  let after = "0";
  for (;;) {
    const { rows } = await connection.query<Omit<ReadEntry, "position"> & { position: string }>({
      name: "read-audit-chain",
      text: `select c.position::text, c.line_id::text as "lineId", c.line_sha256 as "lineSha256", c.hash,
               case when l.id is null then null else ${lineText} end as text
             from public.audit_chain c left join public.audit_lines l on l.id = c.line_id
             where c.position > $1 and c.position <= $2 order by c.position limit ${pageEntries}`,
      values: [after, to.toString()],
    });
    for (const row of rows) yield { ...row, position: BigInt(row.position) };
    const last = rows.at(-1);
    if (rows.length < pageEntries || !last) return;
    after = last.position;
  }
}
