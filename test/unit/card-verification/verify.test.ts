import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { CMSVersion } from "@peculiar/asn1-cms";
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
import { verifyCardSignature } from "../../../pki/card-verification/verify.ts";
import { anchorsFromPem, productionAnchors, testAnchors } from "../../../pki/jpki/trust-anchors.ts";
import type { RefusalCode } from "../../../protocol/refusals.ts";
import {
  attributeSet,
  type CmsOptions,
  contentTypeAttribute,
  digestAttribute,
  makeCms,
  oidValue,
} from "./test-cms.ts";
import {
  attributeNames,
  authCaName,
  ecdsaWithSha384,
  extension,
  keyIdOf,
  personNames,
  policies,
  rsa,
  signCaName,
  TestCa,
} from "./test-pki.ts";

const ca = new TestCa(signCaName("JPKI-TEST"));
const card = rsa();
const certificate = ca.issue(card);
const content = Buffer.from('{"type":"kazasu/application/1"}');
const at = new Date("2026-06-01T00:00:00Z");
const anchors = testAnchors(ca.pem);

const cmsOf = (options: Partial<CmsOptions> = {}) => makeCms({ content, certificate, ...card, ...options });
const verify = (
  options: Partial<CmsOptions> = {},
  more: Partial<Parameters<typeof verifyCardSignature>[0]> = {},
) => verifyCardSignature({ cms: cmsOf(options), anchors, at, ...more });
const verifyCertificate = (changed: Buffer, more: Partial<Parameters<typeof verifyCardSignature>[0]> = {}) =>
  verify({ certificate: changed }, more);
const expectRefusal = (verdict: ReturnType<typeof verifyCardSignature>, code: RefusalCode, detail = /./) => {
  expect(verdict).toMatchObject({ ok: false, code });
  expect(verdict).toHaveProperty("detail", expect.stringMatching(detail));
};

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

  test("ok/the anchor is chosen by key among generations of one name", () => {
    const older = new TestCa(signCaName("JPKI-TEST"));
    const both = testAnchors(older.pem + ca.pem);
    expect(verify({}, { anchors: both })).toMatchObject({
      ok: true,
      anchor: { keyId: ca.keyId.toString("hex") },
    });
  });

  test("ok/without an authority key identifier the signature tells the generation", () => {
    const older = new TestCa(signCaName("JPKI-TEST"));
    const bare = ca.issue(card, { replace: { [id_ce_authorityKeyIdentifier]: undefined } });
    expect(verifyCertificate(bare, { anchors: testAnchors(older.pem + ca.pem) })).toMatchObject({ ok: true });
  });

  test("ok/first and last second of validity", () => {
    expect(verify({}, { at: new Date("2025-04-01T00:00:00Z") })).toMatchObject({ ok: true });
    expect(verify({}, { at: new Date("2030-03-31T14:59:59Z") })).toMatchObject({ ok: true });
  });
});

describe("CMS_MALFORMED", () => {
  const malformed: [string, () => Uint8Array, RegExp][] = [
    ["nothing", () => new Uint8Array(), /strict DER/],
    ["noise", () => Buffer.from("not a CMS at all, just text"), /strict DER/],
    ["a certificate instead of a CMS", () => certificate, /strict DER/],
    ["truncated", () => cmsOf().subarray(0, -1), /strict DER/],
    ["trailing byte", () => Buffer.concat([cmsOf(), Buffer.of(0)]), /strict DER/],
    ["too large", () => cmsOf({ content: Buffer.alloc(30_000) }), /larger than/],
    ["BER indefinite length", () => indefinite(cmsOf()), /strict DER/],
    ["needlessly long length", () => longLength(cmsOf()), /strict DER/],
    ["no signer", () => cmsOf({ signers: 0 }), /exactly one signer/],
    ["two signers", () => cmsOf({ signers: 2 }), /exactly one signer/],
    ["SHA-1", () => cmsOf({ hash: "sha1" }), /digest algorithm/],
    [
      "digest and signature algorithm differ",
      () => cmsOf({ algorithm: "1.2.840.113549.1.1.12" }),
      /signature algorithm/,
    ],
    ["RSASSA-PSS", () => cmsOf({ algorithm: "1.2.840.113549.1.1.10" }), /signature algorithm/],
    ["content type other than id-data", () => cmsOf({ contentType: "1.2.840.113549.1.9.16.1.4" }), /id-data/],
    ["no certificate", () => cmsOf({ certificates: [] }), /exactly once/],
    ["the CA's certificate alone", () => cmsOf({ certificates: [ca.certificate] }), /exactly once/],
    ["the same certificate twice", () => cmsOf({ certificates: [certificate, certificate] }), /exactly once/],
    [
      "five certificates",
      () => cmsOf({ certificates: Array(5).fill(certificate) as Buffer[] }),
      /more than 4/,
    ],
    [
      "version that does not go with the signer",
      () => cmsOf({ edit: (data) => void (data.version = CMSVersion.v3) }),
      /version/,
    ],
    [
      "digest algorithm not announced",
      () => cmsOf({ edit: (data) => void data.digestAlgorithms.pop() }),
      /digest algorithm/,
    ],
    ["unsigned attributes", () => cmsOf({ unsigned: [contentTypeAttribute()] }), /unsigned/],
    [
      "attributes not in DER order",
      () => cmsOf({ attributes: [digestAttribute(content), contentTypeAttribute()] }),
      /order/,
    ],
    [
      "contentType twice",
      () => cmsOf({ attributes: [contentTypeAttribute(), contentTypeAttribute(), digestAttribute(content)] }),
      /twice/,
    ],
    [
      "messageDigest twice",
      () =>
        cmsOf({ attributes: [contentTypeAttribute(), digestAttribute(content), digestAttribute(content)] }),
      /twice/,
    ],
    ["no contentType", () => cmsOf({ attributes: [digestAttribute(content)] }), /1\.9\.3/],
    ["no messageDigest", () => cmsOf({ attributes: [contentTypeAttribute()] }), /1\.9\.4/],
    [
      "contentType of something else",
      () => cmsOf({ attributes: [contentTypeAttribute("1.2.3"), digestAttribute(content)] }),
      /contentType/,
    ],
    [
      "contentType with two values",
      () => cmsOf({ attributes: [twoTypes(), digestAttribute(content)] }),
      /exactly one value/,
    ],
  ];
  test.each(malformed)("fail/%s", (_, cms, detail) => {
    expectRefusal(verifyCardSignature({ cms: cms(), anchors, at }), "CMS_MALFORMED", detail);
  });

  test("ok/the message is not changed by reading it", () => {
    const cms = cmsOf();
    const before = Buffer.from(cms);
    verifyCardSignature({ cms, anchors, at });
    expect(cms.equals(before)).toBe(true);
  });

  test("fail/detached without content, attached with content", () => {
    expectRefusal(verify({ detached: true }), "CMS_MALFORMED", /either/);
    expectRefusal(verify({}, { content }), "CMS_MALFORMED", /either/);
  });

  test("fail/GHSA-58hw-cg5m-88rp: signed attributes left out", () => {
    expectRefusal(verify({ attributes: [] }), "CMS_MALFORMED", /no signed attributes/);
  });

  test("fail/GHSA-g258-q5gf-7hvx: the signed attributes passed off as the content", () => {
    const attributes = attributeSet([contentTypeAttribute(), digestAttribute(content)]);
    const signature = sign("sha256", attributes, card.privateKey);
    expectRefusal(verify({ content: attributes, attributes: [], signature }), "CMS_MALFORMED");
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

  test("fail/POLICY_MISSING: a CA of any other name vouches for nothing", () => {
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

/** The outer SEQUENCE with an indefinite length (X.690 §8.1.3.6). */
function indefinite(cms: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0x30, 0x80), cms.subarray(4), Buffer.of(0, 0)]);
}

/** The outer length in three octets where two do. */
function longLength(cms: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0x30, 0x83, 0), cms.subarray(2)]);
}

function twoTypes() {
  const attribute = contentTypeAttribute();
  // In the order of DER: the shorter encoding comes first.
  attribute.attrValues.unshift(oidValue("1.2.3"));
  return attribute;
}
