import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Authority } from "../../../pki/ca/authority.ts";
import { ensureAuthority } from "../../../pki/ca/ceremony.ts";
import { type CrlInput, makeCrl } from "../../../pki/ca/crl.ts";
import { type RevocationReason, revocationReasons } from "../../../pki/ca/revocation.ts";
import { newSerial } from "../../../pki/ca/serial.ts";
import { issue } from "./issuing.ts";
import { openssl, opensslAsync, scratchDirectory, writePem } from "./openssl.ts";

let scratch: ReturnType<typeof scratchDirectory>;
let authority: Authority;
let root: string;
let issuing: string;

beforeAll(async () => {
  scratch = scratchDirectory();
  authority = await ensureAuthority({ directory: join(scratch.path, "ca"), passphrase: "x" });
  root = writePem(scratch.path, "root.pem", "CERTIFICATE", authority.root);
  issuing = writePem(scratch.path, "issuing.pem", "CERTIFICATE", authority.issuing);
});
afterAll(() => scratch.remove());

const crlOf = (more: Partial<CrlInput> = {}) => {
  const thisUpdate = new Date();
  const nextUpdate = new Date(thisUpdate.getTime() + 3_600_000);
  return makeCrl(authority, { number: 1n, thisUpdate, nextUpdate, entries: [], ...more });
};
const textOf = (crl: Uint8Array) =>
  openssl(["crl", "-inform", "DER", "-noout", "-text"], crl).replaceAll(/\s+/g, " ");

describe("CRL", () => {
  test("ok/ openssl verify -crl_check takes the good certificate and refuses the revoked one", async () => {
    const [good, revoked] = [await issue(authority), await issue(authority)];
    const entries = [{ serial: revoked.serial, revokedAt: new Date(), reason: "superseded" as const }];
    const crl = writePem(scratch.path, "crl.pem", "X509 CRL", await crlOf({ entries }));
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
    const text = textOf(await crlOf({ number: 2n ** 64n + 1n, entries: serials }));
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

  test("ok/ an empty CRL has no list", async () => {
    expect(textOf(await crlOf())).toContain("No Revoked Certificates.");
  });

  test("fail/ numbers and times that make no CRL, serials that are none", async () => {
    const now = new Date();
    await expect(crlOf({ number: -1n })).rejects.toThrow("cRLNumber");
    await expect(crlOf({ number: 1n << 159n })).rejects.toThrow("cRLNumber");
    await expect(crlOf({ thisUpdate: now, nextUpdate: now })).rejects.toThrow("nextUpdate");
    for (const serial of ["", "AB", "abc", "zz", "ab".repeat(21)]) {
      const entries = [{ serial, revokedAt: now, reason: "superseded" as const }];
      await expect(crlOf({ entries })).rejects.toThrow("serial");
    }
  });
});
