import { readFile } from "node:fs/promises";
import { type ClientBase, Pool } from "pg";

/** What a query runs on: the pool, or one connection inside a transaction. */
export type Connection = Pick<ClientBase, "query">;

/** Opens the bank's schema `abc_bank` in the Postgres at `url`, and makes it on the first start. */
export async function openBankDatabase(url: string): Promise<Pool> {
  const pool = new Pool({
    connectionString: url,
    max: 5,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    application_name: "abc-bank",
    options: "-c search_path=abc_bank",
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on("error", () => {});
  try {
    await pool.query(await readFile(new URL("./schema.sql", import.meta.url), "utf8"));
  } catch (error) {
    await pool.end();
    throw error;
  }
  return pool;
}

/** Runs `work` in one transaction: everything in it is stored, or nothing is. */
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
