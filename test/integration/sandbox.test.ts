import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Bank } from "../../sandbox/demo/bank.ts";
import { isRunning, type ProcessIdentity } from "../../sandbox/embedded/processes.ts";
import { persons } from "../../sandbox/persons/persons.ts";
import type { FirstThings } from "../../sandbox/trial/ready-clients.ts";
import { eventually } from "./resident.ts";
import { Control, type InboxAnswer, type Waiting } from "./sandbox-control.ts";

/** `kazasu sandbox` as a developer starts it, on a folder of its own: each test has persons of its own. */

const command = fileURLToPath(new URL("../../bin/kazasu.mjs", import.meta.url));

// Two whole stacks, one after the other, on a machine that may be busy with other tests.

interface Running {
  child: ChildProcess;
  addresses: Record<string, string> & { people: never };
  /** The guard and the servers it watches. */
  processes: ProcessIdentity[];
  /** Its lines on stdout and on stderr. */
  printed: () => { out: readonly string[]; err: readonly string[] };
}

let folder = "";
let running: Running;
let control: Control;
let bank: Bank;

async function start(): Promise<void> {
  const child = spawn(process.execPath, [command, "sandbox", "--json", "--data", folder], {
    stdio: ["ignore", "pipe", "pipe"],
    // It ends with this process, however that ends.
    env: { ...process.env, npm_command: "exec" },
  });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  const out: string[] = [];
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) =>
    out.push(line),
  );
  const [first] = (await Promise.race([once(lines, "line"), once(child, "exit")])) as [unknown];
  if (typeof first !== "string") throw new Error(`kazasu sandbox ended with ${String(first)}: ${said}`);
  const held = JSON.parse(await readFile(join(folder, "owner.json"), "utf8")) as {
    guard: ProcessIdentity;
    servers: ProcessIdentity[];
  };
  const printed = () => ({ out, err: said.split("\n").filter(Boolean) });
  running = { child, addresses: JSON.parse(first), processes: [held.guard, ...held.servers], printed };
  control = new Control(running.addresses["sandbox"]!);
  bank = new Bank(running.addresses["bank"]!);
}

async function stop(): Promise<void> {
  const exit = once(running.child, "exit");
  running.child.kill("SIGTERM");
  expect((await exit)[0]).toBe(0);
  expect(await Promise.all(running.processes.map(isRunning))).not.toContain(true);
  // Whatever was done meanwhile: one line of JSON, the steps of the start, its log, and no word of a library.
  const { out, err } = running.printed();
  expect(out.map((line) => typeof JSON.parse(line))).toEqual(["object"]);
  expect(err.filter((line) => !/^\{|^ *[\d.]+ s {2}|^ *[…✓] /.test(line))).toEqual([]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kazasu-sandbox-"));
  await start();
});
afterAll(async () => {
  if (running) await stop();
  await rm(folder, { recursive: true, force: true });
});

test("ok/the line has both issuers with a client at each, and the root; a restart keeps the keys and the redirect address", async () => {
  const first = running.addresses as unknown as FirstThings;
  for (const name of ["openid", "oidc"] as const) {
    const { issuer, clientId, keyFile, pemFile, redirectUri } = first.issuers[name];
    expect(issuer).toBe(`${running.addresses["gateway"]}/${name}`);
    expect(clientId).toMatch(/^first-bank/);
    expect(new URL(redirectUri).hostname).toBe("127.0.0.1");
    for (const file of [keyFile, pemFile]) expect((await stat(file)).mode & 0o777).toBe(0o600);
  }
  expect(await readFile(first.root.file, "utf8")).toMatch(/^-----BEGIN CERTIFICATE-----/);
  await stop();
  await start();
  expect(running.addresses).toMatchObject({ ...first });
});

test("fail/a request with another method: the answer says which", async () => {
  expect(await control.call("POST", "/choice", {})).toMatchObject({
    status: 404,
    body: { detail: "Use GET or PUT /choice, not POST." },
  });
});

interface Enrolled {
  enrolmentId: string;
  account: { subject: string; address: string };
}

test("ok/auto on: a move is confirmed when the push arrives; off: it waits; declined: the bank's record is unchanged", async () => {
  const slugs = persons.map(({ slug }) => slug);
  expect(running.addresses["people"]).toEqual(slugs);
  const { account } = await control.done<Enrolled>("plain", "enrol");

  await control.done("plain", "auto", { on: true, decision: "confirm" }, "PUT");
  await control.done("plain", "move");
  const confirmed = await eventually(() => bank.accountAt(account.subject, 2));
  expect(confirmed.address).not.toBe(account.address);

  await control.done("plain", "auto", { on: false }, "PUT");
  const { asked } = await control.done<{ asked: Waiting[] }>("plain", "move");
  expect(asked).toHaveLength(1);
  expect(await bank.account(account.subject)).toMatchObject({ anchorVersion: 2 });

  // What waited is answered when it is switched on.
  await control.done("plain", "auto", { on: true, decision: "decline" }, "PUT");
  const { open, settled } = await control.done<InboxAnswer>("plain", "inbox");
  expect(open).toEqual([]);
  expect(settled.map(({ state }) => state)).toEqual(expect.arrayContaining(["declined", "confirmed"]));
  expect(await bank.account(account.subject)).toMatchObject({ address: confirmed.address });
});

test("ok/a stopped sandbox leaves no process; started again it has the same addresses, phones and answers", async () => {
  const married = await control.done<Enrolled>("married", "enrol");
  const before = running.addresses;
  const people = await control.call("GET", "/people");
  await stop();
  const files = (await readdir(join(folder, "people"))).filter((name) => name.endsWith(".json"));
  expect(files.toSorted()).toEqual(persons.map(({ slug }) => `${slug}.json`).toSorted());
  for (const name of files) expect((await stat(join(folder, "people", name))).mode & 0o777).toBe(0o600);

  await start();
  expect(running.addresses).toEqual(before);
  expect(await control.call("GET", "/people")).toEqual(people);
  // The phone of before the restart is reached by push, and its key still signs.
  await control.done("married", "auto", { on: true, decision: "confirm" }, "PUT");
  await control.done("married", "move");
  expect(await eventually(() => bank.accountAt(married.account.subject, 2))).toMatchObject({
    name: expect.stringContaining("［鈴木］"),
  });
});

test("ok/a new phone by one tap, and a consent withdrawn with it", async () => {
  await control.done("latin-name", "enrol");
  const { enrolmentId } = await control.done<Enrolled>("latin-name", "tap");
  const { body } = await control.call("GET", "/people/latin-name");
  expect(body).toMatchObject({ enrolments: [{ enrolmentId, party: "abc-bank" }] });
  const { consents } = await control.done<{ consents: { consentId: string; kind: string }[] }>(
    "latin-name",
    "consents",
  );
  const { consentId } = consents.find(({ kind }) => kind === "disclosure")!;
  const after = await control.done<{ consents: object[] }>("latin-name", "consents", { withdraw: consentId });
  expect(after.consents).toContainEqual(expect.objectContaining({ consentId, state: "withdrawn" }));
  expect(await control.done("latin-name", "move")).toMatchObject({ asked: [] });
});

test("ok/the documentation's first party program registers, receives a move, acknowledges it and ends", async () => {
  const program = fileURLToPath(new URL("../../docs/examples/my-bank.mjs", import.meta.url));
  const addresses = [running.addresses["sandbox"]!, running.addresses["gateway"]!];
  const child = spawn(process.execPath, [program, ...addresses], { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout }).on("line", (line) => said.push(line));
  await Promise.race([once(lines, "line"), exit]);
  const address = "東京都府中市宮西町二丁目２４番地";
  await control.done("unknown-birth-date", "enrol", { party: "my-bank" });
  await control.done("unknown-birth-date", "move", { address });
  await control.done("unknown-birth-date", "answer", { decision: "confirm" });
  expect(await exit).toEqual([0, null]);
  expect(said).toEqual([
    expect.stringContaining("waiting for a change"),
    expect.stringMatching(new RegExp(`: address is now ${address}$`)),
  ]);
  const answer = await eventually(async () => {
    const { settled } = await control.done<InboxAnswer>("unknown-birth-date", "inbox");
    return settled.find(({ outcome }) => outcome !== undefined);
  });
  expect(answer).toMatchObject({ state: "confirmed", outcome: "applied" });
});

test("ok/the page of all operations lists every person, and runs no script but its own", async () => {
  const page = await fetch(`${control.url}/acts`);
  expect(page.headers.get("content-security-policy")).toMatch(/default-src 'none'.*script-src 'nonce-/);
  const html = await page.text();
  expect(persons.filter(({ slug }) => !html.includes(`/people/${slug}/enrol`))).toEqual([]);
});

test.each([
  ["another host's name", { host: "sandbox.example" }],
  ["another site's page", { origin: "https://evil.example" }],
])("fail/%s may not steer it", async (_who, headers) => {
  const { port } = new URL(control.url);
  const status = await new Promise((resolve, reject) => {
    const options = { port, host: "127.0.0.1", path: "/people/plain/enrol", method: "POST", headers };
    const asked = request(options, (response) => resolve(response.resume().statusCode));
    asked.once("error", reject).end();
  });
  expect(status).toBe(403);
});
