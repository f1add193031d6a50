import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { CRLReasons } from "@peculiar/asn1-x509";
import { Command } from "commander";
import { cardCommand } from "../../../cli/card.ts";
import { makeCms } from "./test-cms.ts";
import { crlOf, entry, ours } from "./test-crl.ts";
import { rsa, signCaName, TestCa } from "./test-pki.ts";

const ca = new TestCa(signCaName("JPKI-TEST"));
const other = new TestCa(signCaName("JPKI-TEST"));
const card = rsa();
const certificate = ca.issue(card);
const content = Buffer.from("signed text");
const at = ["--at", "2026-06-01T00:00:00Z"];

let folder: string;
const path = (name: string) => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kazasu-card-verify-"));
  const cms = makeCms({ content, certificate, ...card });
  writeFileSync(path("cms.der"), cms);
  writeFileSync(path("cms.pem"), `-----BEGIN CMS-----\n${cms.toString("base64")}\n-----END CMS-----\n`);
  writeFileSync(path("detached.der"), makeCms({ content, certificate, ...card, detached: true }));
  writeFileSync(path("content.txt"), content);
  writeFileSync(path("ca.pem"), ca.pem);
  writeFileSync(path("ca.der"), ca.certificate);
  writeFileSync(path("other.pem"), other.pem);
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  process.exitCode = undefined;
});

async function run(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const log = jest.spyOn(console, "log").mockImplementation((text) => void out.push(String(text)));
  const error = jest.spyOn(console, "error").mockImplementation((text) => void err.push(String(text)));
  try {
    const program = new Command("kazasu").exitOverride();
    cardCommand(program);
    await program.parseAsync(["card", "verify", ...args], { from: "user" });
    return { out: out.join("\n"), err: err.join("\n"), code: process.exitCode };
  } finally {
    log.mockRestore();
    error.mockRestore();
    process.exitCode = undefined;
  }
}

describe("kazasu card verify", () => {
  test("ok/--json, anchors repeated and several at once, exit 0", async () => {
    for (const anchor of [
      ["--anchor", path("ca.pem"), path("other.pem")],
      ["--anchor", path("other.pem"), "--anchor", path("ca.der")],
    ]) {
      const { out, err, code } = await run("--cms", path("cms.der"), ...anchor, ...at, "--json");
      expect([err, code]).toEqual(["", 0]);
      expect(JSON.parse(out)).toMatchObject({
        ok: true,
        code: "OK",
        reason: expect.any(String),
        certificate: {
          serial: "012345",
          subject: expect.stringContaining("C=JP, L=Tokyo-to"),
          issuer: expect.stringContaining("O=JPKI-TEST"),
          notBefore: "2025-04-01T00:00:00.000Z",
          notAfter: "2030-03-31T14:59:59.000Z",
          der: certificate.toString("base64"),
        },
        attributes: { name: "髙橋　花子", dateOfBirth: { era: "showa", year: 1980 } },
        anchor: { setting: "test" },
        revocationChecked: false,
      });
    }
  });

  test("ok/PEM, detached content, and text for people", async () => {
    const pem = await run("--cms", path("cms.pem"), "--anchor", path("ca.pem"), ...at);
    expect(pem.code).toBe(0);
    expect(pem.out).toMatch(/^good: OK/);
    expect(pem.out).toContain("name: 髙橋　花子");
    expect(pem.out).toContain("dateOfBirth: showa 1980-12-31 (319801231)");
    expect(pem.out).toContain("revocation: not looked at");
    const beside = [
      "--cms",
      path("detached.der"),
      "--content",
      path("content.txt"),
      "--anchor",
      path("ca.pem"),
    ];
    expect((await run(...beside, ...at)).code).toBe(0);
  });

  test("fail/refused: exit 2 with the code, the reason and what the certificate claims", async () => {
    const unknown = await run("--cms", path("cms.der"), "--anchor", path("other.pem"), ...at, "--json");
    expect(unknown.code).toBe(2);
    expect(JSON.parse(unknown.out)).toMatchObject({
      ok: false,
      code: "UNKNOWN_GENERATION",
      certificate: { serial: "012345" },
      attributes: { sex: "female" },
      anchor: null,
    });
    const production = await run("--cms", path("cms.der"), ...at);
    expect(production.code).toBe(2);
    expect(production.out).toMatch(/^refused: UNTRUSTED_ISSUER/);
    const noise = await run("--cms", path("content.txt"), "--json");
    expect([noise.code, JSON.parse(noise.out)]).toMatchObject([
      2,
      { code: "CMS_MALFORMED", certificate: null, attributes: null },
    ]);
  });

  test("ok/a CRL that does not list it; fail/revoked and on hold", async () => {
    const crls = {
      good: [entry([9])],
      revoked: [entry(ours, CRLReasons.superseded)],
      held: [entry(ours, CRLReasons.certificateHold)],
    };
    for (const [name, entries] of Object.entries(crls))
      writeFileSync(path(`${name}.crl`), crlOf(ca, { entries }));
    const withCrl = async (name: string) => {
      const files = ["--cms", path("cms.der"), "--anchor", path("ca.pem"), "--crl", path(`${name}.crl`)];
      const { out, code } = await run(...files, ...at, "--json");
      return [code, JSON.parse(out)];
    };
    expect(await withCrl("good")).toMatchObject([0, { code: "OK", revocationChecked: true }]);
    expect(await withCrl("revoked")).toMatchObject([2, { code: "CERTIFICATE_REVOKED", ok: false }]);
    expect(await withCrl("held")).toMatchObject([2, { code: "CERTIFICATE_ON_HOLD", ok: false }]);
  });

  test("fail/a CRL that cannot be used leaves the status unknown", async () => {
    const crl = ["--crl", path("content.txt"), "--anchor", path("ca.pem")];
    const { out, code } = await run("--cms", path("cms.der"), ...crl, ...at, "--json");
    expect([code, JSON.parse(out)]).toMatchObject([
      2,
      { code: "CERTIFICATE_STATUS_UNKNOWN", revocationChecked: true },
    ]);
  });

  const unreadable: [string, () => string[], RegExp][] = [
    ["no such file", () => ["--cms", path("missing")], /missing cannot be read \(ENOENT\)/],
    ["a folder", () => ["--cms", folder], /EISDIR/],
    ["no time", () => ["--cms", path("cms.der"), "--at", "tomorrow"], /--at tomorrow is not/],
    [
      "no anchor in the file",
      () => ["--cms", path("cms.der"), "--anchor", path("content.txt")],
      /is no trust anchor/,
    ],
  ];
  test.each(unreadable)("fail/%s: exit 3 and one sentence", async (_, args, sentence) => {
    const { out, err, code } = await run(...args(), "--json");
    expect([out, code]).toEqual(["", 3]);
    expect(err).toMatch(sentence);
  });
});
