import { createHash, generateKeyPairSync, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Authority } from "../../../pki/ca/authority.ts";
import { basic } from "../../../pki/ca/profiles/basic.ts";
import { profileHash } from "../../../pki/ca/profiles/profile.ts";
import { newSerial } from "../../../pki/ca/serial.ts";
import { makeTbs, signTbs } from "../../../pki/ca/tbs.ts";
import { ensureAuthority } from "./development-authority.ts";
import { issue, lintContext, linted, tbsInput, urls } from "./issuing.ts";
import { openssl, scratchDirectory, writePem } from "./openssl.ts";
import { passphrase } from "./passphrase.ts";

const fiveYearsMs = 5 * 366 * 86_400_000;
let scratch: ReturnType<typeof scratchDirectory>;
let authority: Authority;
let foreign: Authority;

beforeAll(async () => {
  scratch = scratchDirectory();
  authority = await ensureAuthority({ directory: join(scratch.path, "ca"), passphrase });
  foreign = await ensureAuthority({ directory: join(scratch.path, "foreign"), passphrase });
});
afterAll(() => scratch.remove());

describe("certificate", () => {
  test("ok/ OpenSSL verifies it strictly and reads what the profile says", async () => {
    const { certificate, serial, crlShard } = await issue(authority);
    const root = writePem(scratch.path, "root.pem", "CERTIFICATE", authority.root);
    const issuing = writePem(scratch.path, "issuing.pem", "CERTIFICATE", authority.issuing);
    const leaf = writePem(scratch.path, "leaf.pem", "CERTIFICATE", certificate);
    const policy = ["-explicit_policy", "-policy", basic.policy];
    expect(openssl(["verify", "-x509_strict", ...policy, "-CAfile", root, "-untrusted", issuing, leaf])).toBe(
      `${leaf}: OK\n`,
    );
    const text = openssl(["x509", "-in", leaf, "-noout", "-text"]).replaceAll(/\s+/g, " ");
    const name = "0123456789abcdef0123456789abcdef";
    for (const part of [
      `Subject: C = JP, CN = ${name}, pseudonym = ${name}, serialNumber = ${name} `,
      "Signature Algorithm: ecdsa-with-SHA256",
      "Key Usage: critical Digital Signature, Non Repudiation ",
      "Basic Constraints: critical CA:FALSE",
      `Certificate Policies: Policy: ${basic.policy} CPS: ${urls.cps}`,
      `CRL Distribution Points: Full Name: URI:http://crl.example/g1/${crlShard}.crl`,
      `OCSP - URI:${urls.ocsp}`,
      `CA Issuers - URI:http://crl.example/g1/issuing.cer`,
    ]) {
      expect(text).toContain(part);
    }
    expect(openssl(["x509", "-in", leaf, "-noout", "-serial"]).trim().toLowerCase()).toBe(`serial=${serial}`);
  });

  test("ok/ holds exactly the stored TBS, and the same input makes the same TBS", async () => {
    const input = tbsInput(authority);
    const made = makeTbs(input);
    expect(makeTbs({ ...input, serial: made.serial })).toEqual(made);
    expect(makeTbs(input).serial).not.toBe(made.serial);
    expect(made).toMatchObject({ profileName: "basic", generation: "g1" });
    const right = await linted(made.tbs, lintContext(authority));
    const one = Buffer.from(await signTbs(authority, right));
    const other = await signTbs(authority, right);
    expect(one.includes(Buffer.from(made.tbs))).toBe(true);
    expect(one.equals(other)).toBe(false);
    const { publicKey } = new X509Certificate(authority.issuing);
    for (const der of [one, other]) expect(new X509Certificate(der).verify(publicKey)).toBe(true);
  });

  test("ok/ the profile hash is the digest of the profile's text and moves with it", () => {
    const text = JSON.stringify(basic);
    expect(profileHash(basic)).toBe(createHash("sha256").update(text).digest("base64url"));
    expect(makeTbs(tbsInput(authority)).profileHash).toBe(profileHash(basic));
    expect(profileHash({ ...basic, version: 2 })).not.toBe(profileHash(basic));
  });

  test("ok/ five years to the second at most, shorter when asked, never beyond the issuer", () => {
    const now = new Date();
    const made = makeTbs(tbsInput(authority, { now }));
    expect(made.notBefore.getTime()).toBe(Math.floor(now.getTime() / 1000) * 1000);
    const end = new Date(made.notBefore);
    end.setUTCFullYear(end.getUTCFullYear() + 5);
    expect(end.getTime() - made.notAfter.getTime()).toBe(1000);

    const short = makeTbs(tbsInput(authority, { now, validitySeconds: 3_600 }));
    expect(short.notAfter.getTime() - short.notBefore.getTime()).toBe(3_599_000);
    const long = makeTbs(tbsInput(authority, { now, validitySeconds: 1e9 }));
    expect(long.notAfter).toEqual(made.notAfter);

    const late = new Date(authority.issuer.notAfter.getTime() - 86_400_000);
    expect(makeTbs(tbsInput(authority, { now: late })).notAfter).toEqual(authority.issuer.notAfter);
  });

  test("ok/ times are UTCTime through 2049 and GeneralizedTime after", async () => {
    const types = (validFrom: string) => {
      const far: Authority = {
        ...authority,
        issuer: { ...authority.issuer, notAfter: new Date("2060-01-01T00:00:00Z") },
      };
      const { tbs } = makeTbs(tbsInput(far, { now: new Date(validFrom) }));
      return openssl(["asn1parse", "-inform", "DER"], tbs).match(/(UTCTIME|GENERALIZEDTIME) +:\w+/g);
    };
    expect(types("2044-12-31T23:59:59Z")).toEqual([
      "UTCTIME           :441231235959Z",
      "UTCTIME           :491231235958Z",
    ]);
    expect(types("2046-01-01T00:00:00Z")).toEqual([
      "UTCTIME           :460101000000Z",
      "GENERALIZEDTIME   :20501231235959Z",
    ]);
  });

  test("ok/ serials are 20 octets, positive, below 2^159 and do not repeat", () => {
    const serials = Array.from({ length: 2_000 }, newSerial);
    expect(new Set(serials).size).toBe(serials.length);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9a-f]{39}$/);
  });

  test("fail/ a key that is not on P-256, or is no key", () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    const p384 = new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
    expect(() => makeTbs(tbsInput(authority, { subjectPublicKey: p384 }))).toThrow("P-256");
    expect(() => makeTbs(tbsInput(authority, { subjectPublicKey: new Uint8Array(91) }))).toThrow();
  });

  test.each(["", "a_b", "山田太郎", "a".repeat(65), "a b", "a\u0000"])("fail/ pseudonym %j", (pseudonym) => {
    expect(() => makeTbs(tbsInput(authority, { pseudonym }))).toThrow("pseudonym");
  });

  test("ok/ the CRL is that of the serial's last octet", () => {
    const four = { ...authority, generation: "g2", crlShards: 4 };
    for (const [octet, crlShard] of [
      ["00", 0],
      ["07", 3],
      ["fe", 2],
    ] as const) {
      const serial = `40${"00".repeat(18)}${octet}`;
      const made = makeTbs(tbsInput(four, { serial }));
      expect(made).toMatchObject({ crlShard, generation: "g2", serial });
      expect(Buffer.from(made.tbs).includes(`http://crl.example/g2/${crlShard}.crl`)).toBe(true);
      expect(Buffer.from(made.tbs).includes("http://crl.example/g2/issuing.cer")).toBe(true);
    }
  });

  test.each([
    "ftp://crl.example/x",
    "https://crl.example",
    "crl.example",
    "javascript:alert(1)",
    `http://a/${"x".repeat(600)}`,
  ])("fail/ address %.30s", (address) => {
    for (const part of ["crlBase", "ocsp", "caIssuersBase"]) {
      const wrong = tbsInput(authority, { urls: { ...urls, [part]: address } });
      expect(() => makeTbs(wrong)).toThrow("http URL");
    }
  });

  test("ok/ years from 29 February end with a February that has none", async () => {
    const now = new Date("2028-02-29T10:00:00Z");
    const { tbs, notAfter } = makeTbs(tbsInput(authority, { now }));
    expect(notAfter.toISOString()).toBe("2033-02-28T09:59:59.000Z");
    await linted(tbs, lintContext(authority));
  });

  test("fail/ before or after the issuer's validity, or for no time", () => {
    const after = new Date(authority.issuer.notAfter.getTime() + 1_000);
    expect(() => makeTbs(tbsInput(authority, { now: after }))).toThrow("not valid now");
    expect(() => makeTbs(tbsInput(authority, { now: new Date(Date.now() - fiveYearsMs) }))).toThrow(
      "not valid now",
    );
    for (const validitySeconds of [0, -1, Number.NaN]) {
      expect(() => makeTbs(tbsInput(authority, { validitySeconds }))).toThrow("validity");
    }
  });

  test("fail/ a TBS of another authority of the same name is not signed", async () => {
    const { tbs } = makeTbs(tbsInput(foreign));
    const right = await linted(tbs, lintContext(foreign));
    await expect(signTbs(authority, right)).rejects.toThrow("another issuer");
  });

  test("fail/ a TBS that names another signature algorithm is not signed", async () => {
    const right = await linted(makeTbs(tbsInput(authority)).tbs, lintContext(authority));
    const other: Authority = {
      ...authority,
      issuer: { ...authority.issuer, signatureAlgorithm: "ecdsa-with-SHA384" },
    };
    await expect(signTbs(other, right)).rejects.toThrow("signature algorithm in the TBS");
  });

  test("fail/ a TBS that was not linted does not compile, and a linted one cannot change", async () => {
    const { tbs } = makeTbs(tbsInput(authority));
    // @ts-expect-error: bytes are not linted bytes.
    await expect(signTbs(authority, tbs)).rejects.toThrow();
    // @ts-expect-error: the brand is nobody's to give.
    const forged: Parameters<typeof signTbs>[1] = { tbs };
    expect(forged.tbs).toBe(tbs);

    const right = await linted(tbs, lintContext(authority));
    tbs.fill(0);
    const certificate = new X509Certificate(await signTbs(authority, right));
    expect(certificate.verify(new X509Certificate(authority.issuing).publicKey)).toBe(true);
  });

  test("fail/ a wrong signature of the key store is detected before anything is returned", async () => {
    const right = await linted(makeTbs(tbsInput(authority)).tbs, lintContext(authority));
    const keyStore = {
      ...authority.keyStore,
      sign: (id: string) => authority.keyStore.sign(id, new Uint8Array(1)),
    };
    await expect(signTbs({ ...authority, keyStore }, right)).rejects.toThrow("does not verify");
  });
});
