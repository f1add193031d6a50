import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { Command } from "commander";
import { enrolCommand } from "../../../cli/enrol.ts";
import { startAttester } from "../../../simulators/attester/server.ts";
import { startJlis } from "../../../simulators/j-lis/server.ts";
import { tinyCa } from "./tiny-ca.ts";

let jlis: Awaited<ReturnType<typeof startJlis>>;
let attester: Awaited<ReturnType<typeof startAttester>>;
let ca: Awaited<ReturnType<typeof tinyCa>>;
let out: string;

beforeAll(async () => {
  [jlis, attester] = await Promise.all([startJlis({}), startAttester({})]);
  ca = await tinyCa({ cards: jlis.url, attester: attester.url });
});
afterAll(() => Promise.all([jlis.close(), attester.close(), ca.close()]));
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), "kazasu-enrol-"));
});
afterEach(async () => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
  await rm(out, { recursive: true });
});

/** One run of the command: what it printed, and how it would exit. */
async function enrol(card: string, more: Record<string, string | true> = {}) {
  const [stdout, stderr]: string[][] = [[], []];
  jest.spyOn(console, "log").mockImplementation((line) => void stdout!.push(String(line)));
  jest.spyOn(process.stderr, "write").mockImplementation((text) => stderr!.push(String(text)) > 0);
  process.exitCode = undefined;
  const options = {
    "--gateway": ca.url,
    "--card": card,
    "--pin": "ABC123",
    "--out": out,
    "--json": true,
    ...more,
  };
  const program = new Command().exitOverride();
  enrolCommand(program);
  for (const command of program.commands) command.exitOverride();
  const args = Object.entries(options).flatMap(([name, value]) =>
    typeof value === "string" ? [name, value] : [name],
  );
  await program.parseAsync(["enrol", ...args], { from: "user" });
  return {
    lines: stdout!,
    report: JSON.parse(stdout![0] ?? ""),
    stderr: stderr!.join(""),
    exit: process.exitCode,
  };
}

const read = (name: string) => readFile(join(out, name), "utf8");

describe("kazasu enrol", () => {
  test("ok/a new person: one line on stdout, a certificate in the folder, one tap", async () => {
    const { lines, report, stderr, exit } = await enrol("taro", { "--binding": "customer-7" });
    expect(exit).toBe(0);
    expect(lines).toHaveLength(1);
    expect(Object.keys(report)).toEqual(["ok", "code", "subject", "certificate", "taps", "ms"]);
    expect(report).toMatchObject({
      ok: true,
      code: "ISSUED",
      taps: 1,
      certificate: join(out, "certificate.pem"),
    });
    expect(report.ms).toBeGreaterThan(0);
    expect(stderr).toMatch(/made a new person with the card taro/);
    expect(stderr).toMatch(/No --service-key/);
    expect(stderr).not.toContain("ABC123");

    const certificate = new X509Certificate(await read("certificate.pem"));
    const publicOf = createPublicKey(createPrivateKey(await read("device-key.pem")));
    expect(certificate.publicKey.equals(publicOf)).toBe(true);
    expect(certificate.checkIssued(new X509Certificate(await read("chain.pem")))).toBe(true);
    expect((await stat(join(out, "device-key.pem"))).mode & 0o777).toBe(0o600);
    const { enrolmentId, subject } = JSON.parse(await read("enrolment.json"));
    expect(subject).toBe(report.subject);
    expect(subject).toBe(`C=JP, CN=${enrolmentId}`);
    expect(ca.received.opened.at(-1)?.attestation?.format).toBe("simulated");
  });

  test("ok/the same card again is the same person's; an old key file does not keep its mode", async () => {
    await enrol("again");
    await writeFile(join(out, "device-key.pem"), "old");
    await chmod(join(out, "device-key.pem"), 0o644);
    const { report, stderr } = await enrol("again");
    expect(report).toMatchObject({ ok: true, taps: 1 });
    expect(stderr).not.toMatch(/made a new person/);
    expect((await stat(join(out, "device-key.pem"))).mode & 0o777).toBe(0o600);
    expect(await read("device-key.pem")).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  });

  test("ok/a pinned key from a file, and no consent towards J-LIS", async () => {
    const key = join(out, "key.json");
    await writeFile(key, JSON.stringify(ca.publicJwk));
    const { report, stderr } = await enrol("pinned", { "--service-key": key, "--no-register-consent": true });
    expect(report).toMatchObject({ ok: true });
    expect(stderr).not.toMatch(/No --service-key/);
    expect(ca.received.opened.at(-1)).not.toHaveProperty("registerConsent");
  });

  test("fail/a wrong PIN, five times: refused, then warned, with what to do; nothing is written", async () => {
    await enrol("wrong");
    await rm(join(out, "certificate.pem"));
    const wrong = { "--pin": "WRONG1", "--language": "en" };
    for (const code of ["PIN_WRONG", "PIN_WRONG", "PIN_WRONG", "PIN_LAST_TRIES"]) {
      const { report, exit } = await enrol("wrong", wrong);
      expect(report).toMatchObject({
        ok: false,
        code,
        taps: 1,
        detail: expect.any(String),
        next: expect.any(String),
      });
      expect(exit).toBe(2);
    }
    await expect(read("certificate.pem")).rejects.toThrow("ENOENT");
  });

  test("fail/a refusal of the CA, in the person's language; the tap is counted", async () => {
    ca.faults.refuse = ["CERTIFICATE_REVOKED"];
    const { report, exit } = await enrol("refused");
    expect(exit).toBe(2);
    expect(report).toMatchObject({ ok: false, code: "CERTIFICATE_REVOKED", taps: 1 });
    expect(report.next).toMatch(/[ぁ-ん]/);
  });
});
