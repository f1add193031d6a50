import { type ClientBase, Pool } from "pg";
import { required } from "./required.ts";

/** Where a query runs: the pool, or one connection in a transaction. */
export type Connection = Pick<ClientBase, "query">;

/** Opens a pool. Connections wait at most 5 s, and statements run at most 10 s: no query here takes longer. */
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
    // Ignore a search_path set for the role or the database: a schema before ours could shadow our tables.
    options: "-c search_path=public,pg_temp",
  });
  // The pool replaces an idle connection that breaks; without a listener the error would end the process.
  pool.on("error", (error) => options.onError?.(error));
  return pool;
}

/** Runs `work` in one transaction: all of it is stored, or nothing. */
export async function transaction<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // Between two queries there is no other listener, and an unhandled error event would end the process.
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
 * Runs `work` on one snapshot of the database, for verification: names resolve only to Postgres's own schema or explicitly
 * qualified ones, rows hidden by a policy are an error, and statements have no time limit.
 */
export function ofOneMoment<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  return transaction(pool, async (connection) => {
    await connection.query(`set transaction isolation level repeatable read read only;
      set local search_path = pg_catalog, pg_temp; set local row_security = off; set local statement_timeout = 0`);
    return work(connection);
  });
}

/** The version of Postgres. */
export async function serverVersion(connection: Connection): Promise<string> {
  const { rows } = await connection.query<{ version: string }>(
    "select current_setting('server_version') as version",
  );
  return required(rows[0], "The row that a statement returns").version;
}

/** The driver's messages for a broken or failed connection; these errors have no code. */
const brokenConnection =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client (?:has encountered a connection error|was closed) and is not queryable)/;

/**
 * Whether Postgres is unreachable, or ended the connection: a retry may succeed. Determined by the socket's code, by SQLSTATE
 * (classes 08 connection, 53 resources, 57 operator intervention), or by the driver's message.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  const { code, message } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  return code === undefined
    ? brokenConnection.test(message ?? "")
    : /^(?:ECONN|EPIPE|ETIMEDOUT)/.test(code) || /^(?:08|53|57)[0-9A-Z]{3}$/.test(code);
}

/** The only row of a result, or `undefined`. */
export const first = <T>(result: { rows: T[] }): T | undefined => result.rows[0];
