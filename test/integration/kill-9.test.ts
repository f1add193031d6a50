import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { X509Crl } from "@peculiar/x509";
import { Pool } from "pg";
import { activate, apply, type Enrolled } from "../../client/app/one-tap.ts";
import { pem } from "../../pki/pem.ts";
import { encode } from "../../protocol/encoding.ts";
import { choosePort } from "../../sandbox/embedded/ports.ts";
import { crlOf } from "./crl-of.ts";
import { eventually } from "./eventually.ts";
import {
  applyOnNewPhone,
  beginOnNewPhone,
  enrolOnNewPhone,
  newCard,
  patiently,
  pin,
  tapCard,
} from "./fault-phone.ts";
import { type Addresses, type EngineProcess, engineProcesses, startFaultStack } from "./fault-processes.ts";
import { makeRecords } from "./fault-records.ts";

/** Real parts, real SIGKILL: every test leaves a healthy worker, a gateway and the status listeners running. */

const run = promisify(execFile);
const answerSeconds = 2;

let folder: string;
let stack: EngineProcess;
let addresses: Addresses;
let registry: Pool;
let start: ReturnType<typeof engineProcesses>;
let worker: EngineProcess;
let gateway: EngineProcess;
const started: EngineProcess[] = [];
const noted = <T extends EngineProcess>(process: T): T => {
  started.push(process);
  return process;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kazasu-faults-"));
  ({ stack, addresses } = await startFaultStack());
  registry = new Pool({ connectionString: addresses.postgres, max: 1 });
  registry.on("error", () => {}); // one test breaks every connection
  start = engineProcesses(addresses);
  const limits = { KAZASU_ANSWER_SECONDS: String(answerSeconds), KAZASU_RATE_LIMIT: "100000" };
  const all = await Promise.all([start.worker(), start.gateway(limits), start.status()]);
  [worker, gateway] = all;
  all.forEach(noted);
});

afterAll(async () => {
  await registry?.end();
  await Promise.all(started.map((process) => process.kill()));
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

const { held, journal, expectOneCertificate } = makeRecords(
  () => registry,
  () => addresses.environment["KAZASU_JOURNAL"]!,
);

async function setFault(fault: Record<string, unknown>): Promise<void> {
  const body = JSON.stringify(fault);
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${addresses.jlis}/control/faults`, { method: "POST", headers, body });
  expect(answer.status).toBe(200);
}
const clearFaults = () => fetch(`${addresses.jlis}/control/faults`, { method: "DELETE" });

/** How often J-LIS was asked for a status. */
async function statusCalls(): Promise<number> {
  const billing = (await (await fetch(`${addresses.jlis}/control/billing`)).json()) as { ocsp: number };
  return billing.ocsp;
}

async function restartWorker(): Promise<void> {
  worker = noted(await start.worker());
}

test("ok/the worker is killed between apply and activate: one certificate after its restart", async () => {
  const card = await newCard(addresses, "between-apply-and-activate");
  const applied = await applyOnNewPhone(addresses, card);
  await worker.kill();
  expect(await held(applied.begun.claims.enrolmentId)).toEqual({ intents: 0, certificates: [] });
  const [enrolled] = await Promise.all([patiently(() => activate(applied)), restartWorker()]);
  await expectOneCertificate(enrolled);
  expect((await card.counters()).activations).toBe(1);
});

test("ok/the worker is killed between signing and storing: one certificate, one serial, journal first", async () => {
  const card = await newCard(addresses, "between-signing-and-storing");
  const applied = await applyOnNewPhone(addresses, card);
  const { enrolmentId } = applied.begun.claims;
  expect(await worker.stop()).toBe(0);
  const witness = join(folder, "signature");
  const dying = noted(await start.faultyWorker("die-after-signing", witness));

  const pending = patiently(() => activate(applied));
  expect(await dying.ended).toBe("SIGKILL");
  const lostSignature = await readFile(witness, "utf8");
  expect(await held(enrolmentId)).toEqual({ intents: 1, certificates: [] });
  const before = await journal(enrolmentId);
  expect(before.map(({ entry }) => entry)).toEqual(["intent", "linted"]);

  await restartWorker();
  const enrolled = await pending;
  const serial = await expectOneCertificate(enrolled);
  // Randomised ECDSA: what was lost is not what was handed out, though both are over the same bytes.
  expect(Buffer.from(enrolled.certificate).toString("hex")).not.toContain(lostSignature);
  const lines = await journal(enrolmentId);
  expect(lines[0]).toEqual(before[0]);
  expect(new Set(lines.map((line) => line.intentId))).toEqual(new Set([before[0]!.intentId]));
  expect(new Set(lines.map((line) => line.serial))).toEqual(new Set([serial]));
  const intents = lines.filter(({ entry }) => entry === "intent");
  expect(new Set(intents.map(({ tbs }) => tbs)).size).toBe(1);
  expect(Buffer.from(enrolled.certificate).includes(Buffer.from(before[0]!.tbs!, "base64url"))).toBe(true);
  const signed = lines.filter(({ entry }) => entry === "signed");
  expect(new Set(signed.map((line) => line.certificate))).toEqual(new Set([encode(enrolled.certificate)]));
  expect(lines.at(-1)!.entry).toBe("handed-out");
  // Asked again, the CA gives the same bytes.
  expect(encode((await activate(applied)).certificate)).toBe(encode(enrolled.certificate));
});

test("ok/the worker is killed while J-LIS takes its time: the application is accepted after its restart", async () => {
  const card = await newCard(addresses, "slow-status");
  const asked = await statusCalls();
  await setFault({ ocsp: { delayMs: 8_000, times: 1 } });
  const tapped = await tapCard(await beginOnNewPhone(addresses), card);
  const pending = patiently(() => apply(tapped));
  while ((await statusCalls()) === asked) await new Promise(setImmediate);
  await worker.kill();
  await restartWorker();
  const applied = await pending;
  await expectOneCertificate(await patiently(() => activate(applied)));
  expect((await card.counters()).activations).toBe(1);
});

test("fail/J-LIS is down: TRY_AGAIN within the answer time, no certificate; later the same tap is accepted", async () => {
  const card = await newCard(addresses, "no-status");
  const tapped = await tapCard(await beginOnNewPhone(addresses), card);
  const { enrolmentId } = tapped.begun.claims;
  await setFault({ ocsp: { status: 503 } });
  try {
    const asked = performance.now();
    await expect(apply(tapped)).rejects.toMatchObject({ code: "TRY_AGAIN", status: 503 });
    const waited = performance.now() - asked;
    // Before the client's own limit, which would not be TRY_AGAIN; how soon after the answer time is the machine's matter.
    expect(waited).toBeGreaterThan(answerSeconds * 1_000 - 100);
    const enrolments = await registry.query("select 1 from enrolments where id = $1", [enrolmentId]);
    expect(enrolments.rowCount).toBe(0);
    expect(await held(enrolmentId)).toEqual({ intents: 0, certificates: [] });
  } finally {
    await clearFaults();
  }
  const applied = await patiently(() => apply(tapped));
  await expectOneCertificate(await patiently(() => activate(applied)));
  expect(await card.counters()).toMatchObject({ activations: 1, signatures: 2 });
});

test("ok/Postgres breaks every connection and recovers: the phone tries again and gets its certificate", async () => {
  const card = await newCard(addresses, "postgres-recovers");
  const applied = await applyOnNewPhone(addresses, card);
  const backends = await registry.query<{ pid: number }>(
    "select pid from pg_stat_activity where application_name = 'kazasu'",
  );
  expect(backends.rowCount).toBeGreaterThan(0);
  // One backend that dies like this makes Postgres end all the others and recover from its log.
  process.kill(backends.rows[0]!.pid, "SIGKILL");
  const enrolled = await patiently(() => activate(applied));
  await expectOneCertificate(enrolled);
});

test("fail/the journal's disk is full: nothing is signed or handed out until it is written", async () => {
  const card = await newCard(addresses, "journal-full");
  const applied = await applyOnNewPhone(addresses, card);
  const { enrolmentId } = applied.begun.claims;
  expect(await worker.stop()).toBe(0);
  const failing = noted(await start.workerOnFullDisk());
  await expect(activate(applied)).rejects.toMatchObject({ code: "TRY_AGAIN", status: 503 });
  // The answer time may be over before the worker has come so far.
  await eventually(async () => (await held(enrolmentId)).intents === 1 || undefined);
  expect(await held(enrolmentId)).toEqual({ intents: 1, certificates: [] });
  expect(await journal(enrolmentId)).toEqual([]);
  await failing.stop();
  await restartWorker();
  await expectOneCertificate(await patiently(() => activate(applied)));
  expect((await journal(enrolmentId)).map(({ entry }) => entry)).toEqual([
    "intent",
    "linted",
    "signed",
    "stored",
    "handed-out",
  ]);
});

test("fail/a worker whose journal cannot be written does not start, and says why", async () => {
  const file = join(folder, "not-a-folder");
  await writeFile(file, "");
  await expect(start.worker({ KAZASU_JOURNAL: join(file, "journal") })).rejects.toThrow(
    /ended with 1 before it was ready: .*kazasu: .*KAZASU_JOURNAL/s,
  );
});

test.each([
  ["gateway", () => start.gateway()],
  // The gateway listens already when the page cannot.
  [
    "gateway's person page",
    async () => start.gateway({ KAZASU_GATEWAY_PORT: String(await choosePort(undefined, new Set())) }),
  ],
  ["status server", () => start.status()],
] as const)("fail/a %s whose port is in use ends, and says why", async (_, again) => {
  await expect(again()).rejects.toThrow(/ended with 1 before it was ready: .*EADDRINUSE/s);
});

test("ok/OCSP and CRL answer while the worker and the gateway are dead", async () => {
  const card = await newCard(addresses, "status-lives-on");
  const first = await enrolOnNewPhone(addresses, card);
  const second = await enrolOnNewPhone(addresses, card, "replace");
  await Promise.all([worker.kill(), gateway.kill()]);
  await expect(fetch(`${addresses.gateway}/health`)).rejects.toThrow();

  const chain = join(folder, "chain.pem");
  const issuer = join(folder, "issuer.pem");
  await writeFile(chain, second.chain.map((der) => pem("CERTIFICATE", der)).join(""));
  await writeFile(issuer, pem("CERTIFICATE", second.chain[0]!));
  const ocsp = async (name: string, { certificate }: Enrolled) => {
    const file = join(folder, `${name}.pem`);
    await writeFile(file, pem("CERTIFICATE", certificate));
    const certificates = ["-issuer", issuer, "-cert", file, "-CAfile", chain];
    const { stdout, stderr } = await run("openssl", ["ocsp", ...certificates, "-url", addresses.ocsp]);
    expect(stderr).toContain("Response verify OK");
    return /: (good|revoked|unknown)$/m.exec(stdout)?.[1];
  };
  expect(await ocsp("first", first)).toBe("revoked");
  expect(await ocsp("second", second)).toBe("good");

  for (const { enrolmentId, certificate } of [first, second]) {
    const { serial } = (await held(enrolmentId)).certificates[0]!;
    const revoked = enrolmentId === first.enrolmentId;
    // A status server on a busy machine serves the CRL it has rather than let a client wait.
    await eventually(async () => {
      const crl = new X509Crl(await crlOf(certificate));
      expect(crl.nextUpdate!.getTime()).toBeGreaterThan(Date.now());
      const isListed = crl.entries.some(({ serialNumber }) => serialNumber.toLowerCase() === serial);
      return isListed === revoked || undefined;
    });
  }
});

test("ok/through all of it the logs name no person and no secret", () => {
  const logs = [stack, ...started].map((process) => process.log()).join("");
  expect(logs).toContain("worker is running");
  for (const secret of [pin, "東京都", "大阪府", "京都府", "静岡県", "北海道", "奈良県", "　", "419900415"]) {
    expect(logs).not.toContain(secret);
  }
});
