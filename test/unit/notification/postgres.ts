import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client, Pool } from "pg";
import pino from "pino";
import { openDatabase } from "../../../registry/database.ts";
import { migrateDatabase } from "../../../registry/migrate.ts";
import { startGuard } from "../../../workers/embedded/guard.ts";
import { startPostgres } from "../../../workers/embedded/postgres.ts";

/** A real Postgres with the engine's schema, for one test file. */
export interface TestRegistry {
  pool: Pool;
  close(): Promise<void>;
}

export async function startTestRegistry(): Promise<TestRegistry> {
  const home = await mkdtemp(join(tmpdir(), "kazasu-notification-"));
  await chmod(home, 0o711); // started by root, Postgres runs as another user, who passes through here
  const guard = await startGuard();
  guard.removeAtEnd(home);
  const postgres = await startPostgres({
    directory: join(home, "postgres"),
    guard,
    log: pino({ level: "silent" }),
  });
  await migrateDatabase(postgres.url, () => {});
  const pool = openDatabase(postgres.url);
  return {
    pool,
    async close() {
      await pool.end();
      await postgres.close();
      await guard.close();
    },
  };
}

/** What the tests put into tables directly: a row as it would stand there after a tap. */
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
