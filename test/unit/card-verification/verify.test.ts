import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { id_ce_authorityKeyIdentifier } from "@peculiar/asn1-x509";
import { verifyCardSignature } from "../../../pki/card-verification/verify.ts";
import { testAnchors } from "../../../pki/jpki/trust-anchors.ts";
import { contentTypeAttribute, digestAttribute, makeCms } from "./test-cms.ts";
import { ecdsaWithSha384, rsa, signCaName, TestCa } from "./test-pki.ts";
import { at, ca, card, certificate, content, expectRefusal, verify, verifyCertificate } from "./verifying.ts";

describe("a good signature", () => {
  test("ok/attached content, signer by issuer and serial number", () => {
    const verdict = verify();
    expect(verdict).toMatchObject({
      ok: true,
      card: {
        serial: "012345",
        issuer:
          "C=JP, O=JPKI-TEST, OU=JPKI for digital signature, OU=Japan Agency for Local Authority Information Systems",
        subject: "C=JP, L=Tokyo-to, L=Chiyoda-ku, CN=20250401AbCdEfGh123456",
        issuerKeyId: ca.keyId.toString("hex"),
        notBefore: new Date("2025-04-01T00:00:00Z"),
        notAfter: new Date("2030-03-31T14:59:59Z"),
        crlDistributionPoint:
          "C=JP, O=JPKI-TEST, OU=JPKI for digital signature, OU=CRL Distribution Points, OU=Tokyo-to, CN=Chiyoda-ku CRLDP",
        attributes: {
          name: "髙橋　花子",
          nameSubstitution: "10000",
          sex: "female",
          dateOfBirth: { era: "showa", year: 1980, month: 12, day: 31, raw: "319801231" },
          address: "東京都千代田区霞が関２丁目１番２号",
          addressSubstitution: "00000000000000000",
        },
      },
      anchor: { keyId: ca.keyId.toString("hex"), setting: "test" },
    });
    if (!verdict.ok) throw new Error("refused");
    expect(Buffer.from(verdict.content)).toEqual(content);
    expect(Buffer.from(verdict.card.der)).toEqual(certificate);
    expect(Buffer.from(verdict.card.spki)).toEqual(card.publicKey.export({ type: "spki", format: "der" }));
  });

  test("ok/signer by subject key identifier", () => {
    expect(verify({ byKeyId: true })).toMatchObject({ ok: true });
  });

  test("ok/detached content", () => {
    expect(verify({ detached: true }, { content })).toMatchObject({ ok: true, content });
  });

  test("ok/RSA with its hash in the algorithm, and SHA-384", () => {
    expect(verify({ algorithm: "1.2.840.113549.1.1.11" })).toMatchObject({ ok: true });
    expect(verify({ hash: "sha384" })).toMatchObject({ ok: true });
  });

  test("ok/ECDSA P-384 with SHA-384, as the next-generation card is announced", () => {
    const keys = () => generateKeyPairSync("ec", { namedCurve: "P-384" });
    const next = { algorithm: ecdsaWithSha384, hash: "sha384" };
    const nextCa = new TestCa(signCaName("JPKI-TEST"), keys(), next);
    const nextCard = keys();
    const cms = makeCms({ content, certificate: nextCa.issue(nextCard, next), ...nextCard, hash: "sha384" });
    expect(verifyCardSignature({ cms, anchors: testAnchors(nextCa.pem), at })).toMatchObject({ ok: true });
  });

  test("ok/the trust anchor is chosen by key among generations of one name", () => {
    const older = new TestCa(signCaName("JPKI-TEST"));
    const both = testAnchors(older.pem + ca.pem);
    expect(verify({}, { anchors: both })).toMatchObject({
      ok: true,
      anchor: { keyId: ca.keyId.toString("hex") },
    });
  });

  test("ok/without an authority key identifier the signature identifies the generation", () => {
    const older = new TestCa(signCaName("JPKI-TEST"));
    const bare = ca.issue(card, { replace: { [id_ce_authorityKeyIdentifier]: undefined } });
    expect(verifyCertificate(bare, { anchors: testAnchors(older.pem + ca.pem) })).toMatchObject({ ok: true });
  });

  test("ok/first and last second of validity", () => {
    expect(verify({}, { at: new Date("2025-04-01T00:00:00Z") })).toMatchObject({ ok: true });
    expect(verify({}, { at: new Date("2030-03-31T14:59:59Z") })).toMatchObject({ ok: true });
  });
});

describe("SIGNATURE_MISMATCH", () => {
  test("fail/other content", () => {
    expectRefusal(
      verify({ detached: true }, { content: Buffer.from("other") }),
      "SIGNATURE_MISMATCH",
      /content/,
    );
  });

  test("fail/messageDigest of other content, attributes signed all the same", () => {
    const attributes = [contentTypeAttribute(), digestAttribute(Buffer.from("other"))];
    expectRefusal(verify({ attributes }), "SIGNATURE_MISMATCH", /content/);
  });

  test("fail/signature over the content instead of the attributes", () => {
    expectRefusal(
      verify({ signature: sign("sha256", content, card.privateKey) }),
      "SIGNATURE_MISMATCH",
      /key/,
    );
  });

  test("fail/signed by another key", () => {
    expectRefusal(verify({ privateKey: rsa().privateKey }), "SIGNATURE_MISMATCH", /key/);
  });

  test("fail/an ECDSA algorithm with an RSA key", () => {
    const signature = sign("sha384", content, card.privateKey);
    expectRefusal(
      verify({ algorithm: ecdsaWithSha384, hash: "sha384", signature }),
      "SIGNATURE_MISMATCH",
      /key/,
    );
  });

  test("fail/empty signature", () => {
    expectRefusal(verify({ signature: new Uint8Array() }), "SIGNATURE_MISMATCH", /key/);
  });
});
