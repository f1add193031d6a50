import { describe, test } from "@jest/globals";
import { id_ce_authorityKeyIdentifier } from "@peculiar/asn1-x509";
import { productionAnchors, testAnchors } from "../../../pki/jpki/trust-anchors.ts";
import { authCaName, rsa, signCaName, TestCa } from "./test-pki.ts";
import { ca, card, expectRefusal, verify, verifyCertificate } from "./verifying.ts";

describe("the issuer", () => {
  test("fail/UNTRUSTED_ISSUER: a CA of another name", () => {
    const other = new TestCa(signCaName("SOMEBODY"));
    expectRefusal(verifyCertificate(other.issue(card)), "UNTRUSTED_ISSUER", /O=SOMEBODY/);
  });

  test("fail/UNTRUSTED_ISSUER: a production setting refuses the test PKI", () => {
    expectRefusal(verify({}, { anchors: productionAnchors() }), "UNTRUSTED_ISSUER", /JPKI-TEST/);
  });

  test("fail/UNTRUSTED_ISSUER: of a person who issued it, the reason says nothing", () => {
    const person = new TestCa([
      ["C", "JP"],
      ["L", "Setagaya-ku"],
      ["CN", "SHOUHIZEI TARO"],
    ]);
    const verdict = verifyCertificate(person.issue(card));
    expectRefusal(verdict, "UNTRUSTED_ISSUER", /^(?!.*(TARO|Setagaya)).* C=JP\.$/);
    const long = new TestCa([["O", "X".repeat(5_000)]]);
    expectRefusal(verifyCertificate(long.issue(card)), "UNTRUSTED_ISSUER", /^.{0,200}$/);
  });

  test("fail/UNKNOWN_GENERATION: the name is known, the key is not", () => {
    const next = new TestCa(signCaName("JPKI-TEST"));
    expectRefusal(
      verifyCertificate(next.issue(card)),
      "UNKNOWN_GENERATION",
      new RegExp(`${next.keyId.toString("hex")}.*${ca.keyId.toString("hex")}`),
    );
  });

  test("fail/UNKNOWN_GENERATION: the production name with a key J-LIS never published", () => {
    const forged = new TestCa(signCaName("JPKI"));
    const production = { anchors: productionAnchors() };
    expectRefusal(verifyCertificate(forged.issue(card), production), "UNKNOWN_GENERATION");
  });

  test("fail/CERTIFICATE_SIGNATURE_INVALID: name and key id of the CA, but another key", () => {
    const forged = new TestCa(signCaName("JPKI-TEST"), rsa(), {}, ca.keyId);
    expectRefusal(verifyCertificate(forged.issue(card)), "CERTIFICATE_SIGNATURE_INVALID");
  });

  test("fail/CERTIFICATE_SIGNATURE_INVALID: no key id, and no known key made it", () => {
    const forged = new TestCa(signCaName("JPKI-TEST"));
    const bare = forged.issue(card, { replace: { [id_ce_authorityKeyIdentifier]: undefined } });
    expectRefusal(verifyCertificate(bare), "CERTIFICATE_SIGNATURE_INVALID", /no authority key identifier/);
  });

  test("fail/CERTIFICATE_EXPIRED: the CA itself has ended", () => {
    const old = new TestCa(signCaName("JPKI-TEST"), rsa(), { notAfter: "2026-01-01T00:00:00Z" });
    const verdict = verifyCertificate(old.issue(card), { anchors: testAnchors(old.pem) });
    expectRefusal(verdict, "CERTIFICATE_EXPIRED", /CA/);
  });

  test("fail/NOT_A_SIGN_CERTIFICATE: the CA for user authentication, trusted or not", () => {
    const auth = new TestCa(authCaName("JPKI-TEST"));
    const issued = auth.issue(card);
    expectRefusal(verifyCertificate(issued), "NOT_A_SIGN_CERTIFICATE");
    expectRefusal(verifyCertificate(issued, { anchors: testAnchors(auth.pem) }), "NOT_A_SIGN_CERTIFICATE");
    const production = new TestCa(authCaName("JPKI")).issue(card);
    expectRefusal(verifyCertificate(production, { anchors: productionAnchors() }), "NOT_A_SIGN_CERTIFICATE");
  });
});
