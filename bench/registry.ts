import { chmod } from "node:fs/promises";
import { join } from "node:path";
import type { Pool } from "pg";
import pino from "pino";
import { openDatabase } from "../registry/database.ts";
import { migrateDatabase } from "../registry/migrate.ts";
import { startGuard } from "../sandbox/embedded/guard.ts";
import { startPostgres } from "../sandbox/embedded/postgres.ts";

export interface BenchRegistry {
  url: string;
  pool: Pool;
  close(): Promise<void>;
}

/** A separate Postgres in a folder below `directory`, with the engine's tables. */
export async function startRegistry(
  directory: string,
  options: { sharedBuffers?: string } = {},
): Promise<BenchRegistry> {
  await chmod(directory, 0o711); // if started by root, Postgres runs as another user, who must pass through this folder
  const guard = await startGuard();
  const postgres = await startPostgres({
    directory: join(directory, "postgres"),
    ...options,
    guard,
    log: pino({ level: "error" }),
  });
  await migrateDatabase(postgres.url, () => {});
  const pool = openDatabase(postgres.url);
  return {
    url: postgres.url,
    pool,
    async close() {
      await pool.end();
      await postgres.close();
      await guard.close();
    },
  };
}
