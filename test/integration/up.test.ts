import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { X509Crl } from "@peculiar/x509";
import { Connection } from "@temporalio/client";
import { Client } from "pg";
import { awaitEnd, isRunning, type ProcessIdentity } from "../../sandbox/embedded/processes.ts";

const command = fileURLToPath(new URL("../../bin/kazasu.mjs", import.meta.url));

// Up to two whole stacks in one test, on a machine that may be busy with other tests.

let folder = "";
const started: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kazasu-up-"));
});
afterEach(async () => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

interface Up {
  child: ChildProcess;
  addresses: Record<string, string>;
  /** The guard and the servers it watches. */
  processes: ProcessIdentity[];
  /** What it has written until now, by lines. */
  stdout: string[];
  stderr: () => string[];
}

/**
 * It ends with this process, however that ends.
 * @param shell runs it below a shell, as npm does: the child is then the shell, which ends with its stdin
 */
async function up(data: string, shell = false): Promise<Up> {
  const line = [process.execPath, command, "up", "--json", "--data", data];
  const [program, ...args] = shell ? ["/bin/sh", "-c", `"$@" & cat >/dev/null`, "sh", ...line] : line;
  const child = spawn(program as string, args, {
    stdio: [shell ? "pipe" : "ignore", "pipe", "pipe"],
    env: { ...process.env, npm_command: "exec" },
  });
  started.push(child);
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const stdout: string[] = [];
  lines.on("line", (each) => stdout.push(each));
  const [first] = (await Promise.race([once(lines, "line"), once(child, "exit")])) as [unknown];
  if (typeof first !== "string") throw new Error(`kazasu up ended with ${String(first)}: ${said}`);
  const held = JSON.parse(await readFile(join(data, "owner.json"), "utf8")) as {
    guard: ProcessIdentity;
    servers: ProcessIdentity[];
  };
  const addresses = JSON.parse(first) as Record<string, string>;
  const processes = [held.guard, ...held.servers];
  return { child, addresses, processes, stdout, stderr: () => said.trim().split("\n") };
}

/** The status that a page of another site would get. */
async function asked(url: string, headers: Record<string, string>): Promise<number | undefined> {
  const [answer] = (await once(get(url, { headers }), "response")) as [IncomingMessage];
  answer.resume();
  return answer.statusCode;
}

async function terminate({ child }: Up): Promise<unknown> {
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  return (await exit)[0];
}

const running = async ({ processes }: Up) =>
  (await Promise.all(processes.map(isRunning))).filter(Boolean).length;

async function scalar(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: "array" });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

test("ok/up prints one line of addresses that answer, and SIGTERM ends everything with exit 0", async () => {
  const stack = await up(folder);
  const { addresses } = stack;
  const keys = [
    "attester",
    "bank",
    "clinic",
    "console",
    "crl",
    "gateway",
    "jlis",
    "namespace",
    "ocsp",
    "pages",
    "personPage",
    "postgres",
    "pushService",
    "temporal",
    "temporalUi",
  ];
  expect(Object.keys(addresses).toSorted()).toEqual(keys);
  expect(stack.processes).toHaveLength(3);
  expect(await running(stack)).toBe(3);

  expect(await scalar(addresses.postgres!, "select count(*) > 0 from parties")).toBe(true);
  const connection = await Connection.connect({ address: addresses.temporal! });
  const { namespace } = addresses;
  const described = await connection.workflowService.describeNamespace({ namespace: namespace! });
  await connection.close();
  expect(described.namespaceInfo?.name).toBe(namespace);
  const crl = new X509Crl(await (await fetch(`${addresses.crl}/g1/0.crl`)).arrayBuffer());
  expect(crl.nextUpdate?.getTime()).toBeGreaterThan(Date.now());
  const health = await fetch(`${addresses.gateway}/health`);
  expect(await health.json()).toEqual({ status: "ok", setting: "test", auditLog: "chained" });
  expect((await fetch(addresses.temporalUi!)).status).toBe(200);
  for (const part of ["temporalUi", "jlis", "attester", "pushService", "bank", "clinic"]) {
    expect([part, await asked(addresses[part]!, { host: "evil.example" })]).toEqual([part, 403]);
    expect([part, await asked(addresses[part]!, { origin: "https://evil.example" })]).toEqual([part, 403]);
    expect([part, await asked(addresses[part]!, {})]).not.toEqual([part, 403]);
  }

  for (const { pid } of process.platform === "linux" ? stack.processes.slice(1) : []) {
    const variables = (await readFile(`/proc/${pid}/environ`, "utf8")).split("\0");
    const [home = ""] = variables.filter((each) => each.startsWith("HOME="));
    expect(home).toMatch(new RegExp(`^HOME=${folder}/`));
  }

  // Operators log in with a library of the field behind their page, and so do parties.
  await fetch(`${addresses.gateway}/console/login`);
  await fetch(`${addresses.gateway}/openid/auth?client_id=nobody`, { headers: { accept: "text/html" } });
  expect(await terminate(stack)).toBe(0);
  expect(await running(stack)).toBe(0);
  expect(stack.stdout.map((line) => typeof JSON.parse(line))).toEqual(["object"]);
  expect(stack.stderr().filter((line) => !/^\{|^ *[…✓] /.test(line))).toEqual([]);
});

test("ok/a second start on the same folder goes on from it, at the same addresses", async () => {
  const first = await up(folder);
  await scalar(first.addresses.postgres!, "create table kept as select 42 as value");
  const keys = await readFile(join(folder, "keys/service-keys.json"), "utf8");
  expect(await terminate(first)).toBe(0);

  const second = await up(folder);
  expect(second.addresses).toEqual(first.addresses);
  expect(await scalar(second.addresses.postgres!, "select value from kept")).toBe(42);
  expect(await readFile(join(folder, "keys/service-keys.json"), "utf8")).toBe(keys);
  expect(await terminate(second)).toBe(0);
});

test("fail/a folder in use is refused in one sentence, and the one that runs goes on", async () => {
  const first = await up(folder);
  await expect(up(folder)).rejects.toThrow(/ended with 1: .*is in use by process \d+: stop that kazasu/s);
  expect((await fetch(`${first.addresses.gateway}/health`)).status).toBe(200);
  expect(await terminate(first)).toBe(0);
});

test("fail/SIGKILL leaves no process behind, and the next start waits for that and goes on", async () => {
  const first = await up(folder);
  await scalar(first.addresses.postgres!, "create table kept as select 42 as value");
  const exit = once(first.child, "exit");
  first.child.kill("SIGKILL");
  await exit;
  const second = await up(folder);
  expect(await running(first)).toBe(0);
  expect(await scalar(second.addresses.postgres!, "select value from kept")).toBe(42);
  second.child.kill("SIGKILL");
  for (const each of second.processes) expect(await awaitEnd(each, 120_000)).toBe(true);
});

test("fail/npm is killed with only its shell: the processes it started end by themselves", async () => {
  const stack = await up(folder, true);
  stack.child.kill("SIGKILL");
  for (const each of stack.processes) expect(await awaitEnd(each, 120_000)).toBe(true);
});
