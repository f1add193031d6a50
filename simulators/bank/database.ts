import { readFile } from "node:fs/promises";
import { type ClientBase, Pool } from "pg";

/** Where a query runs: the pool, or one connection in a transaction. */
export type Connection = Pick<ClientBase, "query">;

/** Opens the bank's schema `abc_bank` in the Postgres at `url`, and creates it at the first start. */
export async function openBankDatabase(url: string): Promise<Pool> {
  const pool = new Pool({
    connectionString: url,
    max: 5,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    application_name: "abc-bank",
    options: "-c search_path=abc_bank",
  });
  // The pool replaces an idle connection that breaks; without a listener the error would end the process.
  pool.on("error", () => {});
  try {
    await pool.query(await readFile(new URL("./schema.sql", import.meta.url), "utf8"));
  } catch (error) {
    await pool.end();
    throw error;
  }
  return pool;
}

/** Runs `work` in one transaction: all of it is stored, or nothing. */
export async function inTransaction<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
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
