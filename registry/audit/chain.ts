import { lockOne, tryLockOne } from "../advisory-locks.ts";
import { type Connection, first } from "../database.ts";

/** One entry of the chain, in its place. */
export interface ChainEntry {
  position: bigint;
  lineId: string;
  lineSha256: Buffer;
  hash: Buffer;
}

/** How far the chain is. */
export interface ChainHead {
  position: bigint;
  lineId: string;
  hash: Buffer;
}

/**
 * A line as one text, the same whenever it is read: Postgres's own writing of a JSON array, whose objects it keeps in one
 * order. The expression is spelled out in each query: a function in the database could be changed with the lines. Its own is
 * named with its schema: one of the same name whose parameters fit better would be taken from any schema of the path.
 */
export const lineText =
  "pg_catalog.jsonb_build_array(l.id, extract(epoch from l.at)::text, l.act, l.subject, l.detail)::text";

/** The lines that are not chained yet, in the order of their ids among those that have committed. */
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

/** One sequencer at a time, in any process, until the transaction ends. False where another one is at it. */
export const lockSequencer = (connection: Connection): Promise<boolean> =>
  tryLockOne(connection, "auditSequencer");

/** Until the transaction ends nobody else signs a checkpoint. False where somebody does just now. */
export const lockCheckpoints = (connection: Connection): Promise<boolean> =>
  tryLockOne(connection, "auditCheckpoints");

/** As {@link lockCheckpoints}, and waits for whoever signs just now. */
export async function awaitCheckpoints(connection: Connection): Promise<void> {
  await lockOne(connection, "auditCheckpoints");
}

/** Adds entries to the chain: their lines wait no more. */
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

/** The last entry; after a purge of all there was, where the purge ended (and no line). */
export async function chainHead(connection: Connection): Promise<ChainHead | undefined> {
  const row = first(
    await connection.query<{ position: string; lineId: string; hash: Buffer }>(
      // By the column, not by the text that it is read as.
      `select c.position::text, c.line_id::text as "lineId", c.hash from public.audit_chain c
       order by c.position desc limit 1`,
    ),
  );
  if (row) return { ...row, position: BigInt(row.position) };
  return chainStart(connection);
}

/** Where the chain goes on once a purge has taken all there was: for the sequencer, never for who verifies. */
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

/** An entry with the line that it is about, as it is now; `text` is `null` where the line is gone. */
export type ReadEntry = ChainEntry & { text: string | null };

/** The position of the first entry that is there, or `undefined` where there is none. */
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

/** The chain in order, with its lines, a page at a time, to its end or to a position. */
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
