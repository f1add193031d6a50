import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
    expect(pem.out).toContain("revocation: not checked");
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

  test("ok/a CMS as base64 alone, in lines or in one, and under every label of PEM that is used", async () => {
    const der = readFileSync(path("cms.der"));
    const [plain, lines] = [der.toString("base64"), der.toString("base64").replaceAll(/.{64}/g, "$&\r\n")];
    const pem = (label: string) => `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
    const texts = [plain, `${lines}\n`, `\ufeff${lines}`, `Signed by\n${pem("CMS")}`, ca.pem + pem("CMS")];
    texts.push(pem("PKCS7"), pem("PKCS #7 SIGNED DATA"));
    for (const text of texts) {
      writeFileSync(path("cms.txt"), text);
      const { out, err, code } = await run("--cms", path("cms.txt"), "--anchor", path("ca.pem"), ...at);
      expect([err, code, out.slice(0, 8)]).toEqual(["", 0, "good: OK"]);
    }
  });

  test("ok/a CMS in DER over a text that is PEM itself", async () => {
    writeFileSync(path("over-pem.der"), makeCms({ content: Buffer.from(ca.pem), certificate, ...card }));
    const { err, code } = await run("--cms", path("over-pem.der"), "--anchor", path("ca.pem"), ...at);
    expect([err, code]).toEqual(["", 0]);
  });

  test.each([
    ["2026-06-01T09:00:00+09:00", "2026-06-01T09:00:00+09:00 (JST), 2026-06-01T00:00:00Z (UTC)", "+09:00"],
    ["2026-06-01", "2026-06-01T00:00:00+09:00 (JST), 2026-05-31T15:00:00Z (UTC)", "+09:00"],
    ["2028-02-29T23:59:59.5Z", "2028-02-29T23:59:59.500Z (UTC)", "Z"],
    ["2026-06-01T00:30-03:30", "2026-06-01T00:30:00-03:30, 2026-06-01T04:00:00Z (UTC)", "-03:30"],
  ])("ok/--at %s is told with its zone", async (time, told, zone) => {
    const args = ["--cms", path("cms.der"), "--anchor", path("ca.pem"), "--at", time];
    expect((await run(...args)).out).toContain(`\nat: ${told}\n`);
    expect(JSON.parse((await run(...args, "--json")).out)).toMatchObject({
      at: new Date(time.length === 10 ? `${time}T00:00:00+09:00` : time).toISOString(),
      zone,
    });
  });

  test("ok/without --at it is now, in UTC", async () => {
    const { out } = await run("--cms", path("cms.der"), "--anchor", path("ca.pem"));
    expect(out).toMatch(/\nat: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.?\d*Z \(UTC\)\n/);
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
    writeFileSync(path("sequence.der"), Buffer.from("3003020101", "hex"));
    const noise = await run("--cms", path("sequence.der"), "--json");
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
    const files = ["--cms", path("cms.der"), "--anchor", path("ca.pem"), "--crl", path("good.crl")];
    expect((await run(...files, ...at)).out).toContain("\nrevocation: not on the given CRL\n");
    expect(await withCrl("held")).toMatchObject([2, { code: "CERTIFICATE_ON_HOLD", ok: false }]);
  });

  test("fail/a CRL that cannot be used leaves the status unknown", async () => {
    writeFileSync(path("short.crl"), Buffer.from("3003020101", "hex"));
    const crl = ["--crl", path("short.crl"), "--anchor", path("ca.pem")];
    const { out, code } = await run("--cms", path("cms.der"), ...crl, ...at, "--json");
    expect([code, JSON.parse(out)]).toMatchObject([
      2,
      { code: "CERTIFICATE_STATUS_UNKNOWN", revocationChecked: true },
    ]);
  });

  const unreadable: [string, () => string[], RegExp][] = [
    ["no such file", () => ["--cms", path("missing")], /missing cannot be read \(ENOENT\)/],
    ["a folder", () => ["--cms", folder], /EISDIR/],
    [
      "no time",
      () => ["--cms", path("cms.der"), "--at", "tomorrow"],
      /--at tomorrow is not an ISO 8601 time/,
    ],
    ...["2026-02-30", "2026-13-01", "2026-00-10", "2025-02-29", "2026-04-31T09:00:00Z"].map(
      (time): [string, () => string[], RegExp] => [
        `the day ${time}`,
        () => ["--cms", path("cms.der"), "--at", time],
        new RegExp(`--at ${time} is not an existing date and time`),
      ],
    ),
    ...[
      "2026-06-01T24:00:00Z",
      "2026-06-01T09:60:00Z",
      "2026-06-01T23:59:60Z",
      "2026-06-01T09:00:00+24:00",
    ].map((time): [string, () => string[], RegExp] => [
      `the time ${time}`,
      () => ["--cms", path("cms.der"), "--at", time],
      /is not an existing date and time/,
    ]),
    [
      "a time without zone",
      () => ["--cms", path("cms.der"), "--at", "2026-06-01T09:00:00"],
      /--at 2026-06-01T09:00:00 has no zone\. Use for example 2026-06-01T09:00:00\+09:00/,
    ],
    ["a PEM certificate as CMS", () => ["--cms", path("ca.pem")], /ca\.pem holds a certificate, not a CMS/],
    ["a DER certificate as CMS", () => ["--cms", path("ca.der")], /ca\.der holds a certificate, not a CMS/],
    [
      "a certificate in base64 as CMS",
      () => {
        writeFileSync(path("ca.txt"), ca.certificate.toString("base64"));
        return ["--cms", path("ca.txt")];
      },
      /ca\.txt holds a certificate, not a CMS/,
    ],
    [
      "a CRL as CMS",
      () => {
        writeFileSync(path("list.der"), crlOf(ca, {}));
        return ["--cms", path("list.der")];
      },
      /list\.der holds a CRL, not a CMS/,
    ],
    [
      "a private key as CMS",
      () => {
        writeFileSync(path("key.pem"), "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n");
        return ["--cms", path("key.pem")];
      },
      /holds a private key, not a CMS/,
    ],
    [
      "a label that is not known",
      () => {
        writeFileSync(path("odd.pem"), "-----BEGIN SOMETHING-----\nMIGH\n-----END SOMETHING-----\n");
        return ["--cms", path("odd.pem")];
      },
      /odd\.pem holds a "SOMETHING", not a CMS/,
    ],
    [
      "PEM that was cut off",
      () => {
        writeFileSync(path("cut.pem"), readFileSync(path("cms.pem")).subarray(0, 200));
        return ["--cms", path("cut.pem")];
      },
      /cut\.pem begins as PEM and has no end/,
    ],
    [
      "PEM with other letters in it",
      () => {
        writeFileSync(path("changed.pem"), readFileSync(path("cms.pem"), "latin1").replace("\nMII", "\nM*I"));
        return ["--cms", path("changed.pem")];
      },
      /The PEM in .*changed\.pem is not base64/,
    ],
    [
      "a certificate as CRL",
      () => ["--cms", path("cms.der"), "--anchor", path("ca.pem"), ...at, "--crl", path("ca.pem")],
      /ca\.pem holds a certificate, not a CRL/,
    ],
    ["text as CMS", () => ["--cms", path("content.txt")], /holds no CMS: it is neither DER, PEM nor base64/],
    [
      "text as CRL",
      () => ["--cms", path("cms.der"), "--anchor", path("ca.pem"), ...at, "--crl", path("content.txt")],
      /holds no CRL: it is neither/,
    ],
    [
      "an empty file",
      () => {
        writeFileSync(path("empty"), "");
        return ["--cms", path("empty")];
      },
      /empty holds no CMS: it is empty/,
    ],
    [
      "an S/MIME message",
      () => {
        writeFileSync(path("mail.eml"), "MIME-Version: 1.0\nContent-Type: multipart/signed\n\nhello\n");
        return ["--cms", path("mail.eml")];
      },
      /it is an S\/MIME message\. Give its signature part/,
    ],
    [
      "base64url",
      () => {
        writeFileSync(path("url.txt"), "MIIB-_aa");
        return ["--cms", path("url.txt")];
      },
      /it looks like base64url\. Decode it/,
    ],
    [
      "two CMS in one file",
      () => {
        const one = readFileSync(path("cms.pem"), "utf8");
        writeFileSync(path("two.pem"), one + one);
        return ["--cms", path("two.pem")];
      },
      /two\.pem holds 2 of them\. Give one CMS at a time/,
    ],
    ["a file without end", () => ["--cms", "/dev/zero"], /\/dev\/zero is larger than 1048576 bytes/],
    [
      "a content beside a CMS that has one",
      () => ["--cms", path("cms.der"), "--content", path("content.txt")],
      /has its content attached: omit --content/,
    ],
    [
      "no content at all",
      () => ["--cms", path("detached.der")],
      /has no attached content: pass the signed content with --content/,
    ],
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
