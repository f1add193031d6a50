import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { id_ce_keyUsage, KeyUsage, KeyUsageFlags } from "@peculiar/asn1-x509";
import { anchorsFromPem, productionAnchors, testAnchors } from "../../../pki/jpki/trust-anchors.ts";
import {
  authCaName,
  extension,
  makeCertificate,
  type Parts,
  rsa,
  signCaName,
  TestCa,
} from "../card-verification/test-pki.ts";

const pemOfShipped = (file: string) =>
  readFileSync(new URL(`../../../pki/jpki/anchors/${file}.pem`, import.meta.url), "utf8");

describe("productionAnchors", () => {
  test("ok/the public JPKI CAs load, with the fingerprints OpenSSL gives", () => {
    const anchors = productionAnchors();
    expect(anchors.map(({ name, use, keyId, fingerprint }) => ({ name, use, keyId, fingerprint }))).toEqual([
      {
        name: "JPKI digital signature CA, 2015",
        use: "signature",
        keyId: expect.stringMatching(/^[0-9a-f]{40}$/),
        fingerprint: "19645405a1fe14377434bd55957628ac4038557c542403a2243f21c706fc9355",
      },
      {
        name: "JPKI digital signature CA, 2023",
        use: "signature",
        keyId: expect.stringMatching(/^[0-9a-f]{40}$/),
        fingerprint: "d227f6cde11d35c5252178f106f843d24651944975413b539fa2fb68dbfa365f",
      },
      expect.objectContaining({ use: "authentication" }),
      expect.objectContaining({ use: "authentication" }),
    ]);
    for (const { certificate, publicKey, fingerprint } of anchors) {
      const read = new X509Certificate(certificate.der);
      expect(read.fingerprint256.replaceAll(":", "").toLowerCase()).toBe(fingerprint);
      expect(read.verify(publicKey)).toBe(true);
    }
  });

  test("ok/each is bound to its own policy, and none to the test policy", () => {
    const anchors = productionAnchors();
    expect(anchors.map(({ policies, setting }) => [setting, ...policies])).toEqual([
      ["production", "1.2.392.200149.8.5.1.1.20"],
      ["production", "1.2.392.200149.8.5.1.1.20"],
      ["production", "1.2.392.200149.8.5.1.3.30"],
      ["production", "1.2.392.200149.8.5.1.3.30"],
    ]);
    expect(new Set(anchors.map(({ subject }) => subject)).size).toBe(2);
    expect(anchors[1]).toMatchObject({
      subject:
        "C=JP, O=JPKI, OU=JPKI for digital signature, OU=Japan Agency for Local Authority Information Systems",
      certificate: {
        notBefore: new Date("2023-07-16T00:50:27Z"),
        notAfter: new Date("2033-07-15T14:59:59Z"),
      },
    });
  });
});

describe("productionAnchors, with what an operator adds", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kazasu-anchors-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const add = (certificate: Uint8Array, pem: string, sha256?: string) => {
    const fingerprint = sha256 ?? createHash("sha256").update(certificate).digest("hex");
    writeFileSync(join(folder, "next.pem"), pem);
    writeFileSync(
      join(folder, "anchors.json"),
      JSON.stringify([{ name: "next", file: "next.pem", sha256: fingerprint }]),
    );
    return productionAnchors([pathToFileURL(`${folder}/`)]);
  };

  test("ok/a new generation is data", () => {
    const next = new TestCa(signCaName("JPKI"));
    expect(add(next.certificate, next.pem)).toHaveLength(5);
  });

  test("fail/another fingerprint", () => {
    const next = new TestCa(signCaName("JPKI"));
    expect(() => add(next.certificate, next.pem, "0".repeat(64))).toThrow(/fingerprint/);
  });

  test("fail/the test PKI as a production trust anchor", () => {
    const test = new TestCa(signCaName("JPKI-TEST"));
    expect(() => add(test.certificate, test.pem)).toThrow(/no production CA/);
  });
});

describe("testAnchors", () => {
  test("ok/the test CAs of both kinds, with the test policy", () => {
    const pem = new TestCa(signCaName("JPKI-TEST")).pem + new TestCa(authCaName("JPKI-TEST")).pem;
    expect(testAnchors(pem).map(({ setting, use, policies }) => ({ setting, use, policies }))).toEqual([
      { setting: "test", use: "signature", policies: ["1.2.392.200149.8.5.1.0.20"] },
      { setting: "test", use: "authentication", policies: [] },
    ]);
  });

  test("fail/the production CAs, and lookalikes of their name", () => {
    expect(() => testAnchors(pemOfShipped("sign-ca-2023"))).toThrow(/production CA/);
    expect(() => testAnchors(new TestCa(signCaName("JPKI")).pem)).toThrow(/production CA/);
    expect(() => testAnchors(new TestCa(signCaName("jpki ")).pem)).toThrow(/production CA/);
    const both: Parts = [...signCaName("JPKI-TEST"), ["O", "JPKI"]];
    expect(() => testAnchors(new TestCa(both).pem)).toThrow(/production CA/);
  });

  test("fail/any other name, nothing, a certificate that is no CA, a weak key", () => {
    expect(() => testAnchors(new TestCa(signCaName("SOMEBODY")).pem)).toThrow(/no test CA/);
    expect(() => testAnchors("")).toThrow(/no PEM certificate/);
    const usage = extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign), true);
    const noCa = new TestCa(signCaName("JPKI-TEST"), rsa(), { extensions: [usage] });
    expect(() => testAnchors(noCa.pem)).toThrow(/not a CA/);
    expect(() => testAnchors(new TestCa(signCaName("JPKI-TEST"), rsa(1024)).pem)).toThrow(/weak/);
  });
});

describe("anchorsFromPem", () => {
  test("ok/the policy follows the name", () => {
    const pems = [
      pemOfShipped("sign-ca-2015"),
      new TestCa(signCaName("JPKI-TEST")).pem + new TestCa(signCaName("SOMEBODY")).pem,
    ];
    expect(anchorsFromPem(pems).map(({ setting, policies }) => [setting, ...policies])).toEqual([
      ["production", "1.2.392.200149.8.5.1.1.20"],
      ["test", "1.2.392.200149.8.5.1.0.20"],
      ["test"],
    ]);
  });

  test("fail/no certificate, and no CA", () => {
    expect(() =>
      anchorsFromPem(["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]),
    ).toThrow();
    expect(() => anchorsFromPem(["nothing"])).toThrow(/no PEM certificate/);
    const keys = rsa();
    const leaf = makeCertificate({
      issuer: signCaName("JPKI"),
      subject: signCaName("JPKI"),
      publicKey: keys.publicKey,
      signingKey: keys.privateKey,
      extensions: [],
    });
    expect(() => anchorsFromPem([new X509Certificate(leaf).toString()])).toThrow(/not a CA/);
  });
});
