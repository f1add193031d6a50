import type { Client, Pool } from "pg";
import { openDatabase } from "../../../registry/database.ts";
import { createTestDatabase } from "../../postgres/database.ts";

/** A real database with the engine's schema, for one test file. */
export interface TestRegistry {
  pool: Pool;
  close(): Promise<void>;
}

export async function startTestRegistry(): Promise<TestRegistry> {
  const database = await createTestDatabase("registry");
  const pool = openDatabase(database.url);
  return {
    pool,
    async close() {
      await pool.end();
      await database.drop();
    },
  };
}

/** What the tests put into tables directly: a row as a tap would leave it. */
export async function insert(
  connection: Pick<Client, "query">,
  table: string,
  row: Record<string, unknown>,
): Promise<void> {
  const names = Object.keys(row);
  const places = names.map((_, index) => `$${index + 1}`);
  await connection.query(
    `insert into ${table} (${names.join(", ")}) values (${places.join(", ")})`,
    Object.values(row),
  );
}
