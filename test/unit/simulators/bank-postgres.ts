import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import pino from "pino";
import { startGuard } from "../../../workers/embedded/guard.ts";
import { startPostgres } from "../../../workers/embedded/postgres.ts";

/** A Postgres for one test file; each test has a database of its own, empty. */
export interface TestPostgres {
  /** Makes a database and returns its URL. */
  database(): Promise<string>;
  close(): Promise<void>;
}

export async function startTestPostgres(): Promise<TestPostgres> {
  const home = await mkdtemp(join(tmpdir(), "kazasu-bank-"));
  await chmod(home, 0o711); // started by root, Postgres runs as another user, who passes through here
  const guard = await startGuard();
  guard.removeAtEnd(home);
  const directory = join(home, "postgres");
  const postgres = await startPostgres({ directory, guard, log: pino({ level: "silent" }) });
  let made = 0;
  return {
    async database() {
      made += 1;
      const client = new Client({ connectionString: postgres.url });
      await client.connect();
      await client.query(`create database bank_${made}`);
      await client.end();
      return Object.assign(new URL(postgres.url), { pathname: `/bank_${made}` }).href;
    },
    async close() {
      await postgres.close();
      await guard.close();
    },
  };
}
