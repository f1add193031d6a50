import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { Command, type CommanderError } from "commander";
import { enrolCommand } from "../../../cli/enrol.ts";
import { problemOf } from "../../../protocol/problem.ts";
import type { RefusalCode } from "../../../protocol/refusals.ts";
import { type StubGateway, startStubGateway } from "./stub-gateway.ts";

const pin = "ABC12345";
let folder: string;
let gateway: StubGateway;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kazasu-enrol-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  gateway = await startStubGateway();
});
afterEach(() => gateway.close());

/** Runs `kazasu enrol` in this process. `said` is all it wrote anywhere, for looking for what must not be there. */
async function enrol(options: Record<string, string>, ...more: string[]) {
  const given = { gateway: gateway.url, card: "taro", pin, out: join(folder, "out"), ...options };
  const args = Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]);
  const out: string[] = [];
  const err: string[] = [];
  const log = jest.spyOn(console, "log").mockImplementation((text) => void out.push(String(text)));
  const stderr = jest.spyOn(process.stderr, "write").mockImplementation((text) => err.push(String(text)) > 0);
  process.exitCode = undefined;
  try {
    const program = new Command("kazasu").exitOverride();
    enrolCommand(program);
    for (const command of program.commands) command.exitOverride();
    await program.parseAsync(["enrol", ...args, ...more], { from: "user" });
    return { lines: out, code: process.exitCode, said: [...out, ...err].join("\n") };
  } finally {
    log.mockRestore();
    stderr.mockRestore();
    process.exitCode = undefined;
  }
}

async function report(options: Record<string, string> = {}) {
  const { lines, code, said } = await enrol(options, "--json");
  expect(lines).toHaveLength(1);
  return { report: JSON.parse(lines[0] ?? "") as Record<string, unknown>, code, said };
}

const refuses = (code: RefusalCode) => {
  const body = problemOf(code, { detail: "why", instance: "urn:uuid:1", language: "ja" });
  gateway.challenge = { status: body.status, body };
};

/** An address nobody listens at: a port that was given back. */
async function nobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

describe("kazasu enrol, unreachable (exit 3)", () => {
  test("fail/the gateway", async () => {
    const url = await nobody();
    expect(await report({ gateway: url })).toMatchObject({
      code: 3,
      report: {
        ok: false,
        code: "GATEWAY_UNREACHABLE",
        detail: expect.stringContaining(url),
        taps: 0,
        ms: 0,
      },
    });
  });

  test("fail/the card reader", async () => {
    const cards = await nobody();
    expect(await report({ cards })).toMatchObject({
      code: 3,
      report: { ok: false, code: "CARD_READER_UNREACHABLE", detail: expect.stringContaining(cards) },
    });
  });

  test("fail/a CA that says to try again", async () => {
    refuses("TRY_AGAIN");
    expect(await report()).toMatchObject({ code: 3, report: { code: "TRY_AGAIN", detail: "why" } });
  });

  test("fail/a page in HTML where the CA should be", async () => {
    gateway.challenge = { status: 502, body: "<html>Bad gateway</html>" };
    expect(await report()).toMatchObject({ code: 3, report: { code: "GATEWAY_UNREACHABLE" } });
  });
});

describe("kazasu enrol, refused (exit 2)", () => {
  test("fail/by the CA: the code, why, and what to do in the language asked for", async () => {
    refuses("UNKNOWN_PARTY");
    const ja = await report({ party: "nobody" });
    const en = await report({ party: "nobody", language: "en" });
    expect(ja).toMatchObject({
      code: 2,
      report: { ok: false, code: "UNKNOWN_PARTY", detail: "why", taps: 0 },
    });
    expect(ja.report.next).toMatch(/。$/);
    expect(en.report.next).toMatch(/\.$/);
  });

  test("fail/by the SDK: a challenge the pinned key did not sign; the card is sent nothing", async () => {
    expect(await report()).toMatchObject({ code: 2, report: { code: "UNTRUSTED_CHALLENGE", taps: 0 } });
    expect(gateway.asked.filter((path) => path.endsWith("/apdu"))).toEqual([]);
  });

  test.each(["12345", "ABC-12345"])("fail/%s is no PIN: nobody is asked anything", async (wrong) => {
    const { report: said, code, said: everything } = await report({ pin: wrong });
    expect(code).toBe(2);
    expect(said).toMatchObject({ ok: false, code: "PIN_FORMAT", next: expect.stringMatching(/。$/) });
    expect(gateway.asked).toEqual([]);
    expect(everything).not.toContain(wrong);
  });

  test("fail/a gateway without simulators, and no --cards", async () => {
    await gateway.close();
    gateway = await startStubGateway({ setting: "production", simulators: undefined });
    expect(await report()).toMatchObject({
      code: 2,
      report: { code: "CARD_SIMULATOR_REFUSED", detail: expect.stringContaining("--cards") },
    });
  });

  test("fail/a reader that dies as well does not hide why", async () => {
    refuses("UNKNOWN_APP");
    const { status } = gateway.challenge;
    Object.defineProperty(gateway, "challenge", {
      get: () => {
        gateway.reader = false;
        return { status, body: problemOf("UNKNOWN_APP", { detail: "", instance: "urn:1", language: "ja" }) };
      },
    });
    expect(await report()).toMatchObject({ code: 2, report: { code: "UNKNOWN_APP", taps: null } });
  });

  test("ok/without --json, one sentence", async () => {
    refuses("UNKNOWN_PARTY");
    const { lines, code } = await enrol({ language: "en" });
    expect([code, lines.length]).toEqual([2, 1]);
    expect(lines[0]).toMatch(/^Not issued \(UNKNOWN_PARTY\): why /);
  });
});

describe("kazasu enrol --pin -", () => {
  const stdin = Object.getOwnPropertyDescriptor(process, "stdin");
  afterEach(() => {
    Object.defineProperty(process, "stdin", stdin ?? {});
  });

  test("ok/reads one line, whatever ends it; the PIN is said nowhere", async () => {
    for (const input of [pin, `${pin}\n`, `${pin}\r\nsomething else\n`]) {
      Object.defineProperty(process, "stdin", { value: Readable.from([input]), configurable: true });
      const { report: said, said: everything } = await report({ pin: "-" });
      expect(said).toMatchObject({ code: "UNTRUSTED_CHALLENGE" });
      expect(everything).not.toContain(pin);
    }
  });

  test("fail/an empty stdin is no PIN", async () => {
    Object.defineProperty(process, "stdin", { value: Readable.from([]), configurable: true });
    expect(await report({ pin: "-" })).toMatchObject({ code: 2, report: { code: "PIN_FORMAT" } });
  });
});

describe("kazasu enrol --out", () => {
  test("fail/a place that cannot be written to is said before the card is asked", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    await expect(enrol({ out: join(file, "below") })).rejects.toThrow(
      /^The folder .*below cannot be written to \(ENOTDIR\)\. Give --out one that can; no tap was spent\.$/,
    );
    expect(gateway.asked.filter((path) => path.includes("/reader"))).toEqual([]);
  });

  test("fail/a file where the folder should be", async () => {
    const out = join(folder, "a-file");
    writeFileSync(out, "mine");
    await expect(enrol({ out })).rejects.toThrow(/^The folder .* cannot be written to \(EEXIST\)/);
    expect(readFileSync(out, "utf8")).toBe("mine");
  });

  test("ok/a refusal leaves what was there, and nothing else", async () => {
    const out = mkdtempSync(join(folder, "kept-"));
    writeFileSync(join(out, "certificate.pem"), "an earlier one");
    await report({ out });
    expect(readdirSync(out)).toEqual(["certificate.pem"]);
  });
});

describe("kazasu enrol, misused", () => {
  test.each([
    ["an unknown intent", { intent: "renew" }],
    ["an unsupported language", { language: "fr" }],
    ["a binding with a space", { binding: "a customer" }],
    ["a binding that is a name", { binding: "山田太郎" }],
    ["an enrolment that is not an id", { replaces: "1" }],
  ])("fail/%s: exit 1, before anything is asked", async (_, options) => {
    const misuse = await enrol(options as Record<string, string>).catch((error: CommanderError) => error);
    expect(misuse).toMatchObject({ exitCode: 1 });
    expect(gateway.asked).toEqual([]);
  });

  test.each([
    ["is not there", () => join(folder, "missing.json")],
    [
      "is no JSON",
      () => {
        const file = join(folder, "key.pem");
        writeFileSync(file, "-----BEGIN PUBLIC KEY-----");
        return file;
      },
    ],
  ])("fail/a service key that %s: the card is sent nothing", async (_, file) => {
    await expect(enrol({ "service-key": file() })).rejects.toThrow(
      /service key in .* cannot be read: give a JWK/,
    );
    expect(gateway.asked.filter((path) => path.includes("/reader"))).toEqual([]);
  });

  test("ok/--help lists every exit code and every key of the answer", () => {
    const program = new Command("kazasu");
    enrolCommand(program);
    let help = "";
    const [command] = program.commands;
    command?.configureOutput({ writeOut: (text) => (help += text) });
    command?.outputHelp();
    expect(help).toMatch(/Exit codes: 0 issued, 1 misused, 2 refused .*, 3 unreachable/);
    for (const word of [
      "--gateway",
      "--card",
      "--pin",
      "--out",
      "--json",
      "{ok, code, subject, certificate, taps, ms}",
    ])
      expect(help).toContain(word);
  });
});
