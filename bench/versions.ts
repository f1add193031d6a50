import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { cpus, totalmem } from "node:os";
import type { Client } from "@temporalio/client";
import { Client as PostgresClient } from "pg";
import { rounded } from "./measure.ts";

/** The machine, without which a result is meaningless. */
export function machine(): Record<string, string | number> {
  const [cpu] = cpus();
  return {
    platform: `${process.platform} ${process.arch}`,
    cpu: cpu?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: rounded(totalmem() / 2 ** 30, 1),
  };
}

/** Versions of the parts, as reported by themselves. */
export async function versions(client: Client, postgresUrl: string): Promise<Record<string, string>> {
  const { serverVersion } = await client.workflowService.getSystemInfo({});
  const worker = createRequire(import.meta.url).resolve("@temporalio/worker/package.json");
  const { version } = JSON.parse(await readFile(worker, "utf8")) as { version: string };
  return {
    node: process.version,
    openssl: process.versions.openssl,
    temporalServer: serverVersion ?? "unknown",
    temporalSdk: version,
    postgres: await postgresVersion(postgresUrl),
  };
}

async function postgresVersion(url: string): Promise<string> {
  const connection = new PostgresClient({ connectionString: url });
  await connection.connect();
  try {
    const { rows } = await connection.query<{ server_version: string }>("show server_version");
    return rows[0]?.server_version ?? "unknown";
  } finally {
    await connection.end();
  }
}
