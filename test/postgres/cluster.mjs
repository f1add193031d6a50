/**
 * One Postgres cluster for all tests of a run of jest. It is started when the first database is asked for, so that a run
 * of files that need none pays nothing. Nothing in it survives a power cut: durability is off.
 */
import { randomUUID } from "node:crypto";
import { chmod, mkdtemp } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { pino } from "pino";

const TEMPLATE = "kazasu_template";
// Each copy of a database is a checkpoint: without its lines, the last output of a cluster that dies says more.
const OFF = ["fsync", "synchronous_commit", "full_page_writes", "log_checkpoints"];
/** Test files ask for databases under these names: with the engine's schema, or with nothing in it. */
const TEMPLATES = { registry: TEMPLATE, empty: "template1" };

/**
 * Listens on the loopback interface for test files, which run in processes of their own: `POST /registry` and
 * `POST /empty` make a database and answer its URL, `DELETE /<name>` drops it. A 500 says why there is none.
 * @param {(words: string) => void} [say] is called at once with how Postgres died: tests fail by their broken connections first
 */
export async function startTestCluster(say = (words) => process.stderr.write(`${words}\n`)) {
  let starting;
  const cluster = () => (starting ??= start(say));
  const server = createServer((request, response) => {
    const answer = (status, text) => response.writeHead(status).end(text);
    const name = request.url.slice(1);
    const work = request.method === "DELETE" ? drop : create;
    cluster()
      .then((running) => work(running, name))
      .then(
        (text) => answer(200, text),
        (error) => answer(500, error.message),
      );
  });
  server.keepAliveTimeout = 0; // an idle connection is its client's to end, or both might at one moment
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    /** The process of Postgres; starts it. */
    pid: async () => (await cluster()).postgres.pid,
    async close() {
      server.closeAllConnections();
      server.close();
      await (await starting?.catch(() => undefined))?.close();
    },
  };
}

async function start(say) {
  // As built: jest transforms TypeScript for test files only.
  const [{ startGuard }, { startPostgres }, { migrateDatabase }] = await Promise.all([
    import("../../dist/sandbox/embedded/guard.js"),
    import("../../dist/sandbox/embedded/postgres.js"),
    import("../../dist/registry/migrate.js"),
  ]);
  const home = await mkdtemp(join(tmpdir(), "kazasu-tests-"));
  await chmod(home, 0o711); // started by root, Postgres runs as another user, who passes through here
  const guard = await startGuard();
  guard.removeAtEnd(home);
  const postgres = await startPostgres({
    directory: join(home, "postgres"),
    guard,
    log: pino({ level: "silent" }),
  });
  const cluster = {
    postgres,
    death: undefined,
    async close() {
      await postgres.close();
      await guard.close();
    },
  };
  void noteDeath(cluster, say);
  for (const setting of OFF) await query(cluster, `alter system set ${setting} = off`);
  await query(cluster, "select pg_reload_conf()");
  await query(cluster, `create database ${TEMPLATE}`);
  await migrateDatabase(urlOf(cluster, TEMPLATE), () => {});
  return cluster;
}

/** From then on each answer is why. */
async function noteDeath(cluster, say) {
  const words = await cluster.postgres.died;
  cluster.death = `The Postgres of the tests died: what comes after this failed for that. ${words}`;
  say(cluster.death);
}

async function create(cluster, kind) {
  const template = TEMPLATES[kind];
  if (template === undefined) throw new Error(`There is no template ${kind}.`);
  const name = `t_${randomUUID().replaceAll("-", "")}`;
  // Through the write-ahead log, which is the default, a copy takes half as much CPU time again.
  await query(cluster, `create database ${name} template ${template} strategy file_copy`);
  return urlOf(cluster, name);
}

async function drop(cluster, name) {
  if (!/^t_[0-9a-f]{32}$/.test(name)) throw new Error(`${name} is not a database of a test.`);
  await query(cluster, `drop database if exists ${name} with (force)`);
  return "";
}

const urlOf = ({ postgres }, database) =>
  Object.assign(new URL(postgres.url), { pathname: `/${database}` }).href;

async function query(cluster, text) {
  if (cluster.death) throw new Error(cluster.death);
  const client = new Client({ connectionString: cluster.postgres.url });
  client.on("error", () => {}); // reported by the query
  try {
    await client.connect();
    await client.query(text);
  } catch (error) {
    throw new Error(cluster.death ?? error.message, { cause: error });
  } finally {
    await client.end();
  }
}
