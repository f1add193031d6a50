import { type ClientBase, Pool } from "pg";
import { required } from "./required.ts";

/** What a query runs on: the pool, or one connection inside a transaction. */
export type Connection = Pick<ClientBase, "query">;

/** Opens a pool. Connections wait at most 5 s, statements run at most 10 s: nothing here is ever slow. */
export function openDatabase(
  url: string,
  options: { max?: number; onError?: (error: Error) => void } = {},
): Pool {
  const pool = new Pool({
    connectionString: url,
    max: options.max ?? 10,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    application_name: "kazasu",
    // What the database sets for a role or for itself is not asked: a schema put before ours would have tables of ours.
    options: "-c search_path=public,pg_temp",
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on("error", (error) => options.onError?.(error));
  return pool;
}

/** Runs `work` in one transaction: everything in it is stored, or nothing is. */
export async function transaction<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // Between two queries nobody else listens, and an error nobody listens to would end the process.
  const noteBroken = (error: Error) => {
    broken = error;
  };
  client.on("error", noteBroken);
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(noteBroken);
    throw error;
  } finally {
    client.off("error", noteBroken);
    client.release(broken);
  }
}

/**
 * Runs `work` on one moment of the database, for who verifies it: nothing is found but what Postgres itself brings and what is
 * named with its schema, rows that a policy hides are an error, and no statement has a limit.
 */
export function ofOneMoment<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  return transaction(pool, async (connection) => {
    await connection.query(`set transaction isolation level repeatable read read only;
      set local search_path = pg_catalog, pg_temp; set local row_security = off; set local statement_timeout = 0`);
    return work(connection);
  });
}

/** The version of Postgres, as it says it. */
export async function serverVersion(connection: Connection): Promise<string> {
  const { rows } = await connection.query<{ version: string }>(
    "select current_setting('server_version') as version",
  );
  return required(rows[0], "The row that a statement returns").version;
}

/** What the driver says of a connection that broke or was never had; it gives these errors no code. */
const brokenConnection =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client (?:has encountered a connection error|was closed) and is not queryable)/;

/**
 * Whether Postgres could not be reached, or ended the connection: the same call again may succeed. By the socket's
 * code, by SQLSTATE (classes 08 connection, 53 resources, 57 operator intervention), or by the driver's own words.
 */
export function isDatabaseAway(error: unknown): boolean {
  const { code, message } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  return code === undefined
    ? brokenConnection.test(message ?? "")
    : /^(?:ECONN|EPIPE|ETIMEDOUT)/.test(code) || /^(?:08|53|57)[0-9A-Z]{3}$/.test(code);
}

/** The only row of an answer, or `undefined`. */
export const first = <T>(result: { rows: T[] }): T | undefined => result.rows[0];
