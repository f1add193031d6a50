import { X509Certificate } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Authority } from "../../../pki/ca/authority.ts";
import { ensureAuthority } from "../../../pki/ca/ceremony.ts";
import { openssl, scratchDirectory, writePem } from "./openssl.ts";

const passphrase = "ceremony";
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

const home = () => join(directory, "generation-1");
/** A copy of the authority that a test may spoil. */
const copyOf = (name: string): string => {
  const copy = join(scratch.path, name);
  cpSync(directory, copy, { recursive: true });
  return copy;
};
const text = (der: Uint8Array): string => openssl(["x509", "-inform", "DER", "-noout", "-text"], der);

describe("ceremony", () => {
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

  test("ok/ a later start loads the same, whatever name it is given", async () => {
    const again = await ensureAuthority({ directory, passphrase, name: "Another name" });
    expect(again.chain).toEqual(authority.chain);
    expect(again.ocspSigner).toEqual(authority.ocspSigner);
    expect(readdirSync(directory)).toEqual(["generation-1"]);
    expect(readdirSync(home())).toHaveLength(6);
  });

  test("ok/ two first starts at once end with one authority", async () => {
    const shared = join(scratch.path, "shared");
    const [one, other] = await Promise.all([
      ensureAuthority({ directory: shared, passphrase }),
      ensureAuthority({ directory: shared, passphrase }),
    ]);
    expect(one.chain).toEqual(other.chain);
    expect(one.ocspSigner).toEqual(other.ocspSigner);
    expect(readdirSync(shared)).toEqual(["generation-1"]);
    expect(new X509Certificate(one.root).subject).toContain("Kazasu Development CA Root CA G1");
  });

  test("ok/ a ceremony that died half-way is passed over and swept away", async () => {
    const crashed = join(scratch.path, "crashed");
    const half = join(crashed, ".ceremony-dead");
    mkdirSync(half, { recursive: true });
    writeFileSync(join(half, "root-ca.key.pem"), "half a key");
    utimesSync(half, 0, 0);
    await ensureAuthority({ directory: crashed, passphrase });
    expect(readdirSync(crashed)).toEqual(["generation-1"]);
    expect(statSync(join(crashed, "generation-1")).isDirectory()).toBe(true);
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
  });

  test("fail/ a wrong passphrase, a clock before the ceremony, a missing key", async () => {
    await expect(ensureAuthority({ directory, passphrase: "wrong" })).rejects.toMatchObject({
      code: "KEY_UNREADABLE",
    });
    const early = { directory, passphrase, clock: () => new Date(Date.now() - 2 * day) };
    await expect(ensureAuthority(early)).rejects.toThrow("check the clock");
    const copy = copyOf("missing");
    renameSync(join(copy, "generation-1/issuing-ca.key.pem"), join(copy, "elsewhere.pem"));
    await expect(ensureAuthority({ directory: copy, passphrase })).rejects.toMatchObject({
      code: "KEY_UNKNOWN",
    });
  });

  test("fail/ certificates and keys of two authorities do not go together", async () => {
    const foreign = join(scratch.path, "foreign");
    await ensureAuthority({ directory: foreign, passphrase });
    const mix = async (name: string, file: string) => {
      const copy = copyOf(name);
      cpSync(join(foreign, "generation-1", file), join(copy, "generation-1", file));
      await ensureAuthority({ directory: copy, passphrase });
    };
    await expect(mix("mixed-key", "issuing-ca.key.pem")).rejects.toThrow("not the one in its certificate");
    await expect(mix("mixed-root", "root-ca.crt.pem")).rejects.toThrow("not signed by its issuer");
  });
});
