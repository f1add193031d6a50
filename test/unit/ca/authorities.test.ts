import { X509Certificate } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openAuthorities } from "../../../pki/ca/authorities.ts";
import type { Authority } from "../../../pki/ca/authority.ts";
import { directoryOf, hold, makeOperator, plan, yaml } from "./ceremony-holding.ts";
import { ensureAuthority } from "./development-authority.ts";
import { urls } from "./issuing.ts";
import { openssl, scratchDirectory, writePem } from "./openssl.ts";
import { passphrase } from "./passphrase.ts";

const day = 86_400_000;
let scratch: ReturnType<typeof scratchDirectory>;
let directory: string;
let authority: Authority;

beforeAll(async () => {
  scratch = scratchDirectory();
  directory = join(scratch.path, "ca");
  authority = await ensureAuthority({ directory, passphrase, name: "Test CA" });
});
afterAll(() => scratch.remove());

const home = () => join(directory, "g1");
/** A copy of the authority that a test may spoil. */
const copyOf = (name: string): string => {
  const copy = join(scratch.path, name);
  cpSync(directory, copy, { recursive: true });
  return copy;
};
const text = (der: Uint8Array): string => openssl(["x509", "-inform", "DER", "-noout", "-text"], der);

describe("authorities", () => {
  test("ok/ OpenSSL verifies root, issuing CA and OCSP signer", () => {
    const root = writePem(scratch.path, "root.pem", "CERTIFICATE", authority.root);
    const issuing = writePem(scratch.path, "issuing.pem", "CERTIFICATE", authority.issuing);
    const signer = writePem(scratch.path, "signer.pem", "CERTIFICATE", authority.ocspSigner);
    expect(
      openssl([
        "verify",
        "-x509_strict",
        "-check_ss_sig",
        "-CAfile",
        root,
        "-untrusted",
        issuing,
        issuing,
        signer,
      ]),
    ).toBe(`${issuing}: OK\n${signer}: OK\n`);
    expect(authority.chain).toEqual([authority.issuing, authority.root]);
  });

  test("ok/ names, keys, lifetimes and extensions are as planned", () => {
    const [root, issuing, signer] = [authority.root, authority.issuing, authority.ocspSigner].map(text);
    expect(root).toContain("Subject: C = JP, O = Test CA, CN = Test CA Root CA G1");
    expect(root).toContain("NIST CURVE: P-384");
    expect(root).toMatch(/Basic Constraints: critical\s+CA:TRUE\n/);
    expect(issuing).toContain("Subject: C = JP, O = Test CA, CN = Test CA Issuing CA G1");
    expect(issuing).toContain("NIST CURVE: P-256");
    expect(issuing).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0\n/);
    expect(issuing).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign\n/);
    expect(signer).toMatch(/Subject: C = JP, O = Test CA, CN = OCSP Signer [0-9a-f]{8}\n/);
    expect(signer).toMatch(/Extended Key Usage:\s+OCSP Signing\n/);
    expect(signer).toContain("OCSP No Check");
    expect(signer).not.toContain("Authority Information Access");
    const days = (der: Uint8Array) => {
      const { validFrom, validTo } = new X509Certificate(der);
      return (Date.parse(validTo) - Date.parse(validFrom) + 1000) / day;
    };
    expect(days(authority.root)).toBeGreaterThanOrEqual(20 * 365 + 4);
    expect(days(authority.issuing)).toBeLessThanOrEqual(10 * 365 + 3);
    expect(days(authority.ocspSigner)).toBe(180);
  });

  test("ok/ with addresses, the issuing CA names the root's CRL and certificate as one from a ceremony does", async () => {
    const operators = await Promise.all(["Hanako", "Taro"].map(makeOperator));
    const { crlBase, caIssuersBase, cps } = urls;
    const planned = plan("g1", { urls: { crlBase, caIssuersBase }, cps });
    const keys = join(scratch.path, "ceremony");
    await hold(yaml(keys, operators, planned), operators);
    const [development, ceremony] = await Promise.all([
      ensureAuthority({ directory: join(scratch.path, "addresses"), passphrase, urls }),
      openAuthorities({ directory: directoryOf(keys), passphrase, development: false }),
    ]);
    const extensionsOf = (der: Uint8Array) =>
      (/X509v3 extensions:[\s\S]*?(?=X509v3 Subject Key Identifier)/.exec(text(der)) ?? [])[0];
    expect(extensionsOf(development.issuing)).toBe(extensionsOf(ceremony.active.issuing));
    expect(extensionsOf(development.issuing)).toContain(`URI:${crlBase}/g1/root.crl`);
    expect(extensionsOf(development.issuing)).toContain(`CA Issuers - URI:${caIssuersBase}/g1/root.cer`);
  });

  test("ok/ a folder that an earlier version made, without addresses in it, stays as it is", async () => {
    const again = await ensureAuthority({ directory: copyOf("earlier"), passphrase, urls });
    expect(again.chain).toEqual(authority.chain);
    expect(again.rootCrl?.der).toEqual(authority.rootCrl?.der);
  });

  test("ok/ a later start loads the same, also under another name", async () => {
    const again = await ensureAuthority({ directory, passphrase, name: "Another name" });
    expect(again.chain).toEqual(authority.chain);
    expect(again.ocspSigner).toEqual(authority.ocspSigner);
    expect(readdirSync(directory)).toEqual(["g1"]);
    expect(readdirSync(home())).toHaveLength(9);
  });

  test("ok/ two first starts at once end with one authority", async () => {
    const shared = join(scratch.path, "shared");
    const [one, other] = await Promise.all([
      ensureAuthority({ directory: shared, passphrase }),
      ensureAuthority({ directory: shared, passphrase }),
    ]);
    expect(one.chain).toEqual(other.chain);
    expect(one.ocspSigner).toEqual(other.ocspSigner);
    expect(readdirSync(shared)).toEqual(["g1"]);
    expect(new X509Certificate(one.root).subject).toContain("Kazasu Development CA Root CA G1");
  });

  test("ok/ an interrupted ceremony is ignored and removed", async () => {
    const crashed = join(scratch.path, "crashed");
    const half = join(crashed, ".ceremony-dead");
    mkdirSync(half, { recursive: true });
    writeFileSync(join(half, "g1-root.key.pem"), "half a key");
    utimesSync(half, 0, 0);
    await ensureAuthority({ directory: crashed, passphrase });
    expect(readdirSync(crashed)).toEqual(["g1"]);
    expect(statSync(join(crashed, "g1")).isDirectory()).toBe(true);
  });

  test("ok/ the OCSP signer is renewed when half of its life is over, the CA stays", async () => {
    const copy = copyOf("renewal");
    const later = await ensureAuthority({
      directory: copy,
      passphrase,
      clock: () => new Date(Date.now() + 91 * day),
    });
    expect(later.chain).toEqual(authority.chain);
    expect(later.ocspSignerKeyId).not.toBe(authority.ocspSignerKeyId);
    expect(later.ocspSignerKeyId).toMatch(/^g1-ocsp-[0-9a-f]{8}$/);
  });

  test("ok/ two processes that renew at once end with one OCSP signer", async () => {
    const copy = copyOf("renewal-race");
    const clock = () => new Date(Date.now() + 91 * day);
    const both = await Promise.all(
      [1, 2, 3].map(() => ensureAuthority({ directory: copy, passphrase, clock })),
    );
    expect(new Set(both.map(({ ocspSignerKeyId }) => ocspSignerKeyId)).size).toBe(1);
    expect(both[0]?.ocspSigner).toEqual(both[2]?.ocspSigner);
    const signers = readdirSync(join(copy, "g1")).filter((name) => name.startsWith("g1-ocsp-"));
    expect(signers).toHaveLength(4);
  });

  test("ok/ a renewal interrupted after key generation is completed with that key", async () => {
    const copy = copyOf("renewal-crash");
    const clock = () => new Date(Date.now() + 91 * day);
    const options = { directory: copy, passphrase, clock };
    const first = await ensureAuthority(options);
    rmSync(join(copy, "g1", `${first.ocspSignerKeyId}.crt.pem`));
    utimesSync(join(copy, "g1", "ocsp-signer-2"), 0, 0);
    const second = await ensureAuthority(options);
    expect(second.ocspSignerKeyId).toBe(first.ocspSignerKeyId);
    expect(second.ocspSigner).not.toEqual(first.ocspSigner);
  });

  test("ok/ near the issuing CA's end the last OCSP signer ends with it, and stays", async () => {
    const copy = copyOf("end");
    const end = Date.parse(new X509Certificate(authority.issuing).validTo);
    const at = (time: number) =>
      ensureAuthority({ directory: copy, passphrase, clock: () => new Date(time) });
    const last = await at(end - 30 * day);
    expect(Date.parse(new X509Certificate(last.ocspSigner).validTo)).toBe(end);
    expect((await at(end - day)).ocspSignerKeyId).toBe(last.ocspSignerKeyId);
    expect((await at(end)).ocspSignerKeyId).toBe(last.ocspSignerKeyId);
    await expect(at(end + 1000)).rejects.toThrow("every generation has expired");
  });

  test("ok/ the root's CRL is empty, for a year, and OpenSSL checks the issuing CA by it", () => {
    const crl = authority.rootCrl!.der;
    const file = writePem(scratch.path, "root-crl.pem", "X509 CRL", crl);
    const root = writePem(scratch.path, "crl-root.pem", "CERTIFICATE", authority.root);
    const issuing = writePem(scratch.path, "crl-issuing.pem", "CERTIFICATE", authority.issuing);
    expect(
      openssl(["verify", "-x509_strict", "-crl_check", "-CRLfile", file, "-CAfile", root, issuing]),
    ).toContain("OK");
    const said = openssl(["crl", "-inform", "DER", "-noout", "-text"], crl);
    expect(said).toContain("No Revoked Certificates");
    expect(said).toMatch(/X509v3 CRL Number: \n\s+1\n/);
  });

  test("fail/ where no development CA is allowed, an empty folder needs a ceremony", async () => {
    const empty = join(scratch.path, "empty");
    await expect(openAuthorities({ directory: empty, passphrase, development: false })).rejects.toThrow(
      "npx kazasu ceremony",
    );
    expect(readdirSync(empty)).toEqual([]);
  });

  test("fail/ a generation without its description, or that another describes", async () => {
    const missing = copyOf("no-description");
    rmSync(join(missing, "g1/generation.json"));
    await expect(ensureAuthority({ directory: missing, passphrase })).rejects.toThrow("does not describe g1");
    const renamed = copyOf("renamed");
    renameSync(join(renamed, "g1"), join(renamed, "g2"));
    await expect(ensureAuthority({ directory: renamed, passphrase })).rejects.toThrow("does not describe g2");
  });

  test("fail/ keys in a token that is not configured", async () => {
    const copy = copyOf("token");
    const path = join(copy, "g1/generation.json");
    const record = { ...JSON.parse(readFileSync(path, "utf8")) };
    record.keyStore = { type: "pkcs11", module: "/nowhere.so", token: "ca" };
    writeFileSync(path, JSON.stringify(record));
    await expect(ensureAuthority({ directory: copy, passphrase })).rejects.toThrow('token "ca"');
  });

  test("fail/ a wrong passphrase, a clock before the ceremony, a missing key", async () => {
    await expect(ensureAuthority({ directory, passphrase: "wrong" })).rejects.toMatchObject({
      code: "KEY_UNREADABLE",
    });
    const early = { directory, passphrase, clock: () => new Date(Date.now() - 2 * day) };
    await expect(ensureAuthority(early)).rejects.toThrow("check the clock");
    const copy = copyOf("missing");
    renameSync(join(copy, "g1/g1-issuing.key.pem"), join(copy, "elsewhere.pem"));
    await expect(ensureAuthority({ directory: copy, passphrase })).rejects.toMatchObject({
      code: "KEY_UNKNOWN",
    });
  });

  test("fail/ certificates and keys of two different authorities", async () => {
    const foreign = join(scratch.path, "foreign");
    await ensureAuthority({ directory: foreign, passphrase });
    const mix = async (name: string, file: string) => {
      const copy = copyOf(name);
      cpSync(join(foreign, "g1", file), join(copy, "g1", file));
      await ensureAuthority({ directory: copy, passphrase });
    };
    await expect(mix("mixed-key", "g1-issuing.key.pem")).rejects.toThrow("not the one in its certificate");
    await expect(mix("mixed-root", "g1-root.crt.pem")).rejects.toThrow("not signed by its issuer");
  });
});
