import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openAuthorities } from "../../../pki/ca/authorities.ts";
import type { Authority } from "../../../pki/ca/authority.ts";
import { type CrlInput, crlPeriod, makeCrl } from "../../../pki/ca/crl.ts";
import { revocationReasons } from "../../../pki/ca/revocation.ts";
import { newSerial } from "../../../pki/ca/serial.ts";
import type { RevocationReason } from "../../../protocol/revocation.ts";
import { issue } from "./issuing.ts";
import { openssl, opensslAsync, scratchDirectory, writePem } from "./openssl.ts";
import { passphrase } from "./passphrase.ts";

let scratch: ReturnType<typeof scratchDirectory>;
let authority: Authority;
let root: string;
let issuing: string;

beforeAll(async () => {
  scratch = scratchDirectory();
  const directory = join(scratch.path, "ca");
  authority = (await openAuthorities({ directory, passphrase, development: true })).active;
  root = writePem(scratch.path, "root.pem", "CERTIFICATE", authority.root);
  issuing = writePem(scratch.path, "issuing.pem", "CERTIFICATE", authority.issuing);
});
afterAll(() => scratch.remove());

const crlOf = (more: Partial<CrlInput> = {}) => {
  const thisUpdate = new Date();
  const nextUpdate = new Date(thisUpdate.getTime() + 3_600_000);
  return makeCrl(authority, { number: 1n, thisUpdate, nextUpdate, entries: [], ...more });
};
const timesOf = (crl: Uint8Array) =>
  openssl(["crl", "-inform", "DER", "-noout", "-lastupdate", "-nextupdate"], crl)
    .trim()
    .split("\n")
    .map((line) => new Date(line.split("=")[1]!));
const textOf = (crl: Uint8Array) =>
  openssl(["crl", "-inform", "DER", "-noout", "-text"], crl).replaceAll(/\s+/g, " ");

describe("CRL", () => {
  test("ok/ openssl verify -crl_check takes the good certificate and refuses the revoked one", async () => {
    const [good, revoked] = [await issue(authority), await issue(authority)];
    const entry = { serial: revoked.serial, revokedAt: new Date(), reason: "superseded" as const };
    const crl = writePem(scratch.path, "crl.pem", "X509 CRL", await crlOf({ entries: [[entry]] }));
    const check = (name: string, certificate: Uint8Array) =>
      opensslAsync([
        "verify",
        "-x509_strict",
        "-crl_check",
        "-CRLfile",
        crl,
        "-CAfile",
        root,
        "-untrusted",
        issuing,
        writePem(scratch.path, name, "CERTIFICATE", certificate),
      ]);
    expect(await check("good.pem", good.certificate)).toMatchObject({ code: 0 });
    expect(await check("revoked.pem", revoked.certificate)).toMatchObject({
      code: 2,
      output: expect.stringContaining("certificate revoked"),
    });
    expect(
      (await opensslAsync(["crl", "-in", crl, "-noout", "-verify", "-CAfile", issuing])).output,
    ).toContain("verify OK");
  });

  test("ok/ carries number, key identifier and every reason by its name", async () => {
    const serials = Object.keys(revocationReasons).map((reason) => ({
      serial: newSerial(),
      revokedAt: new Date("2026-01-02T03:04:05.678Z"),
      reason: reason as RevocationReason,
    }));
    const text = textOf(
      await crlOf({ number: 2n ** 64n + 1n, entries: [serials.slice(0, 2), [], serials.slice(2)] }),
    );
    expect(text).toContain("Version 2 (0x1)");
    expect(text).toContain(`X509v3 CRL Number: ${2n ** 64n + 1n}`);
    const keyIdentifier = Buffer.from(authority.issuer.keyIdentifier).toString("hex").toUpperCase();
    expect(text.replaceAll(":", "")).toContain(`X509v3 Authority Key Identifier ${keyIdentifier}`);
    const date = "Revocation Date: Jan 2 03:04:05 2026 GMT";
    for (const { serial, reason } of serials) {
      const spoken = reason.replaceAll(/[A-Z]/g, " $&").replace(/^./, (first) => first.toUpperCase());
      const entry = `Serial Number: ${serial.toUpperCase()} ${date}`;
      if (reason === "unspecified") expect(text).not.toContain(`${entry} CRL entry extensions`);
      else expect(text).toContain(`${entry} CRL entry extensions: X509v3 CRL Reason Code: ${spoken}`);
    }
  });

  test("ok/ of a shard: a critical issuingDistributionPoint with its address", async () => {
    const text = textOf(await crlOf({ distributionPoint: "http://crl.example/g1/3.crl" }));
    expect(text).toMatch(
      /X509v3 Issuing Distribution Point: critical Full Name: URI:http:\/\/crl\.example\/g1\/3\.crl ?Only User Certificates/,
    );
    expect(textOf(await crlOf())).not.toContain("Issuing Distribution Point");
  });

  test("ok/ openssl does not accept the CRL of another shard", async () => {
    const { certificate, crlShard } = await issue(authority);
    const leaf = writePem(scratch.path, "leaf.pem", "CERTIFICATE", certificate);
    const check = async (shard: number) => {
      const distributionPoint = `http://crl.example/${authority.generation}/${shard}.crl`;
      const crl = writePem(scratch.path, "share.pem", "X509 CRL", await crlOf({ distributionPoint }));
      return opensslAsync(
        ["verify", "-x509_strict", "-crl_check", "-CRLfile", crl].concat([
          "-CAfile",
          root,
          "-untrusted",
          issuing,
          leaf,
        ]),
      );
    };
    expect(await check(crlShard)).toMatchObject({ code: 0 });
    const other = await check((crlShard + 1) % authority.crlShards);
    expect(other.output).toMatch(/unable to get certificate CRL|[Dd]ifferent CRL scope/);
  });

  test("ok/ says that expired certificates stay, since the CA began", async () => {
    const since = authority.issuer.notBefore.toISOString().replaceAll(/[-:T]|\.\d+/g, "");
    expect(textOf(await crlOf())).toMatch(new RegExp(`2\\.5\\.29\\.60: \\S*${since}`));
  });

  test("ok/ dates through 2049 are UTCTime, later ones GeneralizedTime", async () => {
    const entries = ["2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z"].map((date) => ({
      serial: newSerial(),
      revokedAt: new Date(date),
      reason: "superseded" as const,
    }));
    const lasting = {
      ...authority,
      issuer: { ...authority.issuer, notAfter: new Date("2060-01-01T00:00:00Z") },
    };
    const times = {
      thisUpdate: new Date("2050-06-01T00:00:00Z"),
      nextUpdate: new Date("2050-06-02T00:00:00Z"),
    };
    const crl = await makeCrl(lasting, { number: 1n, ...times, entries: [entries] });
    const dump = openssl(["asn1parse", "-inform", "DER"], crl);
    expect(dump).toMatch(/UTCTIME +:491231235959Z/);
    expect(dump).toMatch(/GENERALIZEDTIME +:20500101000000Z/);
  });

  test("ok/ many entries, in portions, with every length of serial: OpenSSL reads each of them", async () => {
    const serials = Array.from({ length: 3_000 }, (_, index) => newSerial().slice(0, 2 * (1 + (index % 20))));
    async function* portions() {
      for (let at = 0; at < serials.length; at += 700) {
        yield serials
          .slice(at, at + 700)
          .map((serial) => ({ serial, revokedAt: new Date(), reason: "keyCompromise" as const }));
      }
    }
    const crl = await crlOf({ entries: portions() });
    const read = [...textOf(crl).matchAll(/Serial Number: ([0-9A-F]+)/g)].map(([, serial]) => serial);
    expect(read).toEqual(serials.map((serial) => serial.toUpperCase()));
    const file = writePem(scratch.path, "many.pem", "X509 CRL", crl);
    const { output } = await opensslAsync(["crl", "-in", file, "-noout", "-verify", "-CAfile", issuing]);
    expect(output).toContain("verify OK");
  });

  test("ok/ an empty CRL has no list", async () => {
    expect(textOf(await crlOf())).toContain("No Revoked Certificates.");
  });

  test("ok/ its times stay within its CA's: a clock a little behind, an end past the CA's", async () => {
    const { notBefore, notAfter } = authority.issuer;
    const early = await crlOf({ thisUpdate: new Date(notBefore.getTime() - 60_000) });
    expect(timesOf(early)[0]).toEqual(notBefore);
    const thisUpdate = new Date(notAfter.getTime() - 60_000);
    const last = await crlOf({ thisUpdate, nextUpdate: new Date(notAfter.getTime() + 1) });
    expect(timesOf(last)).toEqual([thisUpdate, notAfter]);
    expect(crlPeriod(authority.issuer, thisUpdate, 86_400)).toEqual({ thisUpdate, nextUpdate: notAfter });
  });

  test("fail/ a CRL before or after its CA's validity, without validity, or with a revocation not yet effective", async () => {
    const { notBefore, notAfter } = authority.issuer;
    const hour = 3_600_000;
    const none = new Date(Number.NaN);
    const now = new Date();
    const entry = (revokedAt: Date) => ({ serial: newSerial(), revokedAt, reason: "superseded" as const });
    for (const wrong of [
      { thisUpdate: new Date(notBefore.getTime() - hour) },
      { thisUpdate: notAfter, nextUpdate: new Date(notAfter.getTime() + hour) },
      { thisUpdate: none },
      { nextUpdate: none },
      { entries: [[entry(new Date(now.getTime() + hour))]] },
      { entries: [[entry(none)]] },
    ])
      await expect(crlOf(wrong)).rejects.toThrow(RangeError);
  });

  test("fail/ invalid numbers, times and serials", async () => {
    const now = new Date();
    await expect(crlOf({ number: -1n })).rejects.toThrow("cRLNumber");
    await expect(crlOf({ number: 1n << 159n })).rejects.toThrow("cRLNumber");
    await expect(crlOf({ thisUpdate: now, nextUpdate: now })).rejects.toThrow("nextUpdate");
    for (const serial of ["", "AB", "abc", "zz", "ab".repeat(21)]) {
      const entry = { serial, revokedAt: now, reason: "superseded" as const };
      await expect(crlOf({ entries: [[entry]] })).rejects.toThrow("serial");
    }
  });
});
