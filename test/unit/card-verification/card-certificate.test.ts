import { describe, expect, test } from "@jest/globals";
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  SubjectAlternativeName,
  Version,
} from "@peculiar/asn1-x509";
import { anchorsFromPem } from "../../../pki/jpki/trust-anchors.ts";
import {
  attributeNames,
  extension,
  keyIdOf,
  personNames,
  policies,
  rsa,
  signCaName,
  TestCa,
} from "./test-pki.ts";
import { ca, card, expectRefusal, verify, verifyCertificate } from "./verifying.ts";

describe("the certificate", () => {
  const replaced = (changed: ReturnType<typeof extension>) =>
    ca.issue(card, { replace: { [changed.extnID]: changed } });
  const usage = (flags: number, critical = true) => extension(id_ce_keyUsage, new KeyUsage(flags), critical);
  const names = (texts: Record<number, string>) =>
    replaced(extension(id_ce_subjectAltName, new SubjectAlternativeName(attributeNames(texts))));
  const { digitalSignature, nonRepudiation, keyCertSign } = KeyUsageFlags;

  test("fail/CERTIFICATE_EXPIRED", () => {
    expectRefusal(verify({}, { at: new Date("2030-03-31T15:00:00Z") }), "CERTIFICATE_EXPIRED", /card/);
  });

  test("fail/CERTIFICATE_NOT_YET_VALID", () => {
    expectRefusal(verify({}, { at: new Date("2025-03-31T23:59:59Z") }), "CERTIFICATE_NOT_YET_VALID", /card/);
  });

  test("fail/an invalid date is never within validity", () => {
    expect(verify({}, { at: new Date(Number.NaN) }).ok).toBe(false);
  });

  const usages: [string, () => Buffer][] = [
    ["digitalSignature alone", () => replaced(usage(digitalSignature))],
    ["nonRepudiation alone", () => replaced(usage(nonRepudiation))],
    ["not critical", () => replaced(usage(digitalSignature | nonRepudiation, false))],
    ["absent", () => ca.issue(card, { replace: { [id_ce_keyUsage]: undefined } })],
  ];
  test.each(usages)("fail/KEY_USAGE_MISSING: %s", (_, make) => {
    expectRefusal(verifyCertificate(make()), "KEY_USAGE_MISSING");
  });

  test("fail/POLICY_MISSING: none, another one, and the production policy under a test CA", () => {
    const none = ca.issue(card, { replace: { [id_ce_certificatePolicies]: undefined } });
    expectRefusal(verifyCertificate(none), "POLICY_MISSING", /none/);
    expectRefusal(verifyCertificate(replaced(policies("2.5.29.32.0"))), "POLICY_MISSING");
    expectRefusal(verifyCertificate(replaced(policies("1.2.392.200149.8.5.1.1.20"))), "POLICY_MISSING");
  });

  test("fail/POLICY_MISSING: the test policy under a CA with the production name", () => {
    const lookalike = new TestCa(signCaName("JPKI"));
    const verdict = verifyCertificate(lookalike.issue(card), { anchors: anchorsFromPem([lookalike.pem]) });
    expectRefusal(verdict, "POLICY_MISSING");
  });

  test("fail/POLICY_MISSING: a CA of any other name", () => {
    const other = new TestCa(signCaName("SOMEBODY"));
    const verdict = verifyCertificate(other.issue(card), { anchors: anchorsFromPem([other.pem]) });
    expectRefusal(verdict, "POLICY_MISSING");
  });

  test("fail/NOT_A_SIGN_CERTIFICATE: the authentication policy under the sign CA", () => {
    expectRefusal(
      verifyCertificate(replaced(policies("1.2.392.200149.8.5.1.3.30"))),
      "NOT_A_SIGN_CERTIFICATE",
    );
  });

  const unsupported: [string, () => Buffer, RegExp][] = [
    [
      "a CA",
      () => ca.issue(card, { more: [extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }))] }),
      /CA/,
    ],
    ["may sign certificates", () => replaced(usage(digitalSignature | nonRepudiation | keyCertSign)), /CA/],
    [
      "unknown critical extension",
      () => ca.issue(card, { more: [extension("1.2.3.4", new KeyUsage(1), true)] }),
      /1\.2\.3\.4/,
    ],
    ["an extension twice", () => ca.issue(card, { more: [usage(digitalSignature)] }), /repeated/],
    ["version 1", () => ca.issue(card, { version: Version.v1 }), /version 3/],
    ["negative serial", () => ca.issue(card, { serial: [0xff, 0x01] }), /serial/],
    ["serial zero", () => ca.issue(card, { serial: [0] }), /serial/],
    ["serial of 21 octets", () => ca.issue(card, { serial: Array(21).fill(1) as number[] }), /serial/],
    [
      "signed with SHA-1",
      () => ca.issue(card, { algorithm: "1.2.840.113549.1.1.5", hash: "sha1" }),
      /SHA-256/,
    ],
    [
      "no attributes",
      () => ca.issue(card, { replace: { [id_ce_subjectAltName]: undefined } }),
      /name is missing/,
    ],
    ["no address", () => names({ ...personNames, 5: undefined as never }), /address is missing/],
    ["address of 201 characters", () => names({ ...personNames, 5: "町".repeat(201) }), /address/],
    ["flags that are no flags", () => names({ ...personNames, 2: "1x" }), /nameSubstitution/],
    ["unknown sex", () => names({ ...personNames, 3: "9" }), /sex/],
    ["no date", () => names({ ...personNames, 4: "3198012A1" }), /dateOfBirth/],
  ];
  test.each(unsupported)("fail/UNSUPPORTED_CERTIFICATE: %s", (_, make, detail) => {
    expectRefusal(verifyCertificate(make()), "UNSUPPORTED_CERTIFICATE", detail);
  });

  test("fail/UNSUPPORTED_CERTIFICATE: a weak key", () => {
    const weak = rsa(1024);
    const verdict = verify({ certificate: ca.issue(weak), ...weak });
    expectRefusal(verdict, "UNSUPPORTED_CERTIFICATE", /weak/);
  });

  test("fail/no detail quotes the person", () => {
    const verdict = verifyCertificate(names({ ...personNames, 3: "9" }));
    const { detail } = verdict as { detail: string };
    for (const text of Object.values(personNames)) if (text.length > 4) expect(detail).not.toContain(text);
  });

  test("ok/non-critical unknown extensions, and another key identifier form, are passed over", () => {
    const more = [extension("1.2.3.4", new KeyUsage(1))];
    expect(verifyCertificate(ca.issue(card, { more }))).toMatchObject({ ok: true });
    const known = new AuthorityKeyIdentifier({
      keyIdentifier: new KeyIdentifier(keyIdOf(ca.keys.publicKey)),
    });
    expect(verifyCertificate(replaced(extension(id_ce_authorityKeyIdentifier, known)))).toMatchObject({
      ok: true,
    });
  });
});
