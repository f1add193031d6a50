import { type ClientBase, Pool } from "pg";

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
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on("error", (error) => options.onError?.(error));
  return pool;
}

/** Runs `work` in one transaction: everything in it is stored, or nothing is. */
export async function transaction<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** The only row of an answer, or `undefined`. */
export const first = <T>(result: { rows: T[] }): T | undefined => result.rows[0];
