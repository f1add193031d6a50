import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { CRLReasons } from "@peculiar/asn1-x509";
import { at, ca, card, certificate, path, run, withCardFiles } from "./card-command.ts";
import { makeCms } from "./test-cms.ts";
import { crlOf, entry, ours } from "./test-crl.ts";

withCardFiles();

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
  ])("ok/--at %s is printed with its zone", async (time, printed, zone) => {
    const args = ["--cms", path("cms.der"), "--anchor", path("ca.pem"), "--at", time];
    expect((await run(...args)).out).toContain(`\nat: ${printed}\n`);
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
});
