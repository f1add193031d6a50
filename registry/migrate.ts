import { fileURLToPath } from "node:url";
import { runner } from "node-pg-migrate";

/**
 * Migrates the schema to the newest version; does nothing if it is up to date. Safe to run from several processes at once (the
 * library holds an advisory lock).
 */
export async function migrateDatabase(databaseUrl: string, log: (line: string) => void): Promise<void> {
  await runner({
    databaseUrl,
    dir: fileURLToPath(new URL("./migrations", import.meta.url)),
    direction: "up",
    migrationsTable: "migrations",
    logger: { debug: () => {}, info: log, warn: log, error: log },
  });
}
