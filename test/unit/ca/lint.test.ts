import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Authority, readIssuer } from "../../../pki/ca/authority.ts";
import { contents } from "../../../pki/ca/lint/content.ts";
import { lintCertificate, lintTbs } from "../../../pki/ca/lint/lint.ts";
import { findingsOf, type Rule } from "../../../pki/ca/lint/rule.ts";
import { rules } from "../../../pki/ca/lint/rules.ts";
import { readSpecimen } from "../../../pki/ca/lint/specimen.ts";
import { attribute } from "../../../pki/ca/profiles/attribute.ts";
import { basic } from "../../../pki/ca/profiles/basic.ts";
import type { Profile } from "../../../pki/ca/profiles/profile.ts";
import { makeTbs } from "../../../pki/ca/tbs.ts";
import { brokenBodies, serialWithZeroes, widelyBrokenBodies } from "./broken-bodies.ts";
import { brokenExtensions, widelyBrokenExtensions } from "./broken-extensions.ts";
import { brokenQcStatements, everyStatement, qualified } from "./broken-qc-statements.ts";
import { ensureAuthority } from "./development-authority.ts";
import { hanako, issue, lintContext, pseudonym, tbsInput } from "./issuing.ts";
import { changed, setContent, withDefaultWrittenOut } from "./mutation.ts";
import { openssl, scratchDirectory } from "./openssl.ts";
import { passphrase } from "./passphrase.ts";

const breaks = [...brokenBodies, ...brokenExtensions, ...brokenQcStatements];
const widerBreaks = [...widelyBrokenBodies, ...widelyBrokenExtensions];

let scratch: ReturnType<typeof scratchDirectory>;
let authority: Authority;
let foreign: Authority;

beforeAll(async () => {
  scratch = scratchDirectory();
  authority = await ensureAuthority({ directory: join(scratch.path, "ca"), passphrase });
  foreign = await ensureAuthority({ directory: join(scratch.path, "foreign"), passphrase });
});
afterAll(() => scratch.remove());

const tbsOf = (profile: Profile): Uint8Array =>
  makeTbs(tbsInput(authority, { profile, ...(profile.attributes && { attributes: hanako }) })).tbs;

async function rulesBroken(tbs: Uint8Array, profile: Profile = basic): Promise<string[]> {
  const lint = await lintTbs(tbs, lintContext(authority, { profile }));
  return lint.ok ? [] : lint.findings.map(({ rule }) => rule);
}

describe("lint", () => {
  test.each([
    ["basic", basic],
    ["attribute", attribute],
    ["qualified", qualified],
    ["every statement of a qualified one", everyStatement],
  ] as const)("ok/ no finding in a certificate that the engine makes: %s", async (_, profile) => {
    expect(await rulesBroken(tbsOf(profile), profile)).toEqual([]);
  });

  test.each(breaks)("fail/ %s: %s", async (rule, _, change, profile = basic) => {
    const tbs = changed(tbsOf(profile), authority, change);
    expect(await rulesBroken(tbs, profile)).toEqual([rule]);
  });

  test.each(widerBreaks)(
    "fail/ %s: %s (with the rules it breaks by its nature)",
    async (rule, _, change, others) => {
      const found = await rulesBroken(changed(tbsOf(basic), authority, change));
      expect(found.toSorted()).toEqual([rule, ...others].toSorted());
    },
  );

  test.each([
    ["a byte more", (der: Buffer) => Buffer.concat([der, Buffer.of(0)])],
    ["a byte less", (der: Buffer) => der.subarray(0, -1)],
    ["nothing", () => Buffer.alloc(0)],
    ["critical FALSE written out", (der: Buffer) => withDefaultWrittenOut(der)],
    ["a serial with zeroes in front", (der: Buffer) => changed(der, authority, serialWithZeroes)],
    [
      "a length in long form",
      (der: Buffer) => {
        const body = der.subarray(4);
        return Buffer.concat([Buffer.of(0x30, 0x83, 0, body.length >> 8, body.length & 255), body]);
      },
    ],
  ] as const)("fail/ der-canonical: %s", async (_, change) => {
    expect(await rulesBroken(change(Buffer.from(tbsOf(basic))))).toEqual(["der-canonical"]);
  });

  test("fail/ subject-string-types: an octet in a PrintableString that is not of ASCII", async () => {
    const tbs = Buffer.from(tbsOf(attribute));
    tbs.writeUInt8(0xff, tbs.indexOf(pseudonym));
    expect(await rulesBroken(tbs, attribute)).toEqual(["subject-string-types"]);
  });

  test.each(Object.entries(contents))(
    "fail/ extension-content-der: NULL where %s should be",
    async (_, { oid }) => {
      const tbs = changed(tbsOf(qualified), authority, (read) => setContent(read, oid, Buffer.of(5, 0)));
      const lint = await lintTbs(tbs, lintContext(authority, { profile: qualified }));
      expect(lint).toMatchObject({ ok: false });
      const found = lint.ok ? [] : lint.findings.filter(({ rule }) => rule === "extension-content-der");
      expect(found).toMatchObject([{ detail: `No DER of their type: ${oid}.` }]);
    },
  );

  test("fail/ rules that only a signed certificate can break: its own signature, and readers that differ", async () => {
    const now = new Date();
    const { certificate } = await issue(authority, { now });
    const context = lintContext(authority);
    const of = (der: Uint8Array) => lintCertificate(der, context).map(({ rule }) => rule);
    expect(of(certificate)).toEqual([]);

    const torn = Buffer.from(certificate);
    torn.writeUInt8(torn.readUInt8(torn.length - 1) ^ 1, torn.length - 1);
    expect(of(torn)).toEqual(["signature-verifies"]);

    const issuing = new X509Certificate(authority.issuing);
    const specimen = readSpecimen(certificate, context, issuing, issuing.publicKey);
    const other = new X509Certificate((await issue(authority, { now })).certificate);
    const found = findingsOf(rules, { ...specimen, openssl: other });
    expect(found.map(({ rule, detail }) => [rule, detail])).toEqual([
      ["two-readers-agree", "Two libraries read differently: serialNumber, subjectPublicKeyInfo."],
    ]);
  });

  test("fail/ a certificate of another generation, and an issuing certificate that is another's", async () => {
    const { certificate } = await issue(foreign);
    expect(lintCertificate(certificate, lintContext(authority)).map(({ rule }) => rule)).toEqual([
      "signature-verifies",
      "issued-by-issuer",
      "authority-key-identifier",
    ]);
    const lint = await lintTbs(tbsOf(basic), lintContext(authority, { issuingCertificate: foreign.issuing }));
    expect(lint).toMatchObject({ ok: false, findings: [{ rule: "issued-by-issuer" }] });
  });

  test("fail/ a rule that throws is a finding, without the value it read", async () => {
    const { certificate } = await issue(authority);
    const issuing = new X509Certificate(authority.issuing);
    const specimen = readSpecimen(certificate, lintContext(authority), issuing, issuing.publicKey);
    const thrower: Rule = {
      id: "thrower",
      source: "none",
      check: () => {
        throw new Error("山田　花子");
      },
    };
    const [finding, ...more] = findingsOf([thrower], specimen);
    expect(finding).toMatchObject({ rule: "thrower", source: "none" });
    expect(finding?.detail).not.toContain("山田");
    expect(more).toEqual([]);
  });

  test("ok/ every rule has an id of its own, a source, and a certificate above that breaks it", () => {
    const ids = rules.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { source } of rules) expect(source).not.toBe("");
    const seen = [...breaks, ...widerBreaks].map(([rule]) => rule);
    const elsewhere = ["der-canonical", "signature-verifies", "two-readers-agree"];
    expect(ids.filter((id) => !seen.includes(id)).toSorted()).toEqual(elsewhere);
  });

  test("fail/ no finding quotes the subject", async () => {
    const secret = "山田　花子";
    for (const [, , change, profile = basic] of breaks) {
      const lint = await lintTbs(
        changed(tbsOf(profile), authority, change),
        lintContext(authority, { profile }),
      );
      const text = JSON.stringify(lint);
      for (const quoted of [secret, "花子", pseudonym, "1980"]) expect(text).not.toContain(quoted);
    }
  });

  test.each([
    ["RSA-2048", ["-newkey", "rsa:2048"]],
    ["P-384", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-sha384"]],
  ] as const)("ok/ under an issuer of %s", async (_, key) => {
    const out = join(scratch.path, "issuer.der");
    const keyout = join(scratch.path, "issuer.key");
    const subject = ["-subj", "/C=JP/O=Example/CN=Example CA", "-days", "3000"];
    openssl([
      "req",
      "-x509",
      ...key,
      "-nodes",
      ...subject,
      "-outform",
      "DER",
      "-out",
      out,
      "-keyout",
      keyout,
    ]);
    const issuingCertificate = new Uint8Array(readFileSync(out));
    const issuer = readIssuer(issuingCertificate);
    const other: Authority = { ...authority, issuer };
    const { tbs } = makeTbs(tbsInput(other));
    expect(await lintTbs(tbs, lintContext(other, { issuingCertificate }))).toMatchObject({ linted: { tbs } });
  });
});
