import { randomBytes } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { CertStatus, KeyHash, OCSPResponse, OCSPResponseStatus, ResponderID } from "@peculiar/asn1-ocsp";
import {
  CRLReasons,
  ExtendedKeyUsage,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
} from "@peculiar/asn1-x509";
import { readOcspResponse } from "../../../pki/card-verification/ocsp.ts";
import {
  answer,
  ca,
  expected,
  type Mistakes,
  ocspSigning,
  read,
  responder,
  responderCertificate,
  responderName,
  revoked,
} from "./test-ocsp.ts";
import { der, extension, keyIdOf, makeName, rsa, signCaName } from "./test-pki.ts";

describe("readOcspResponse", () => {
  test("ok/good, signed by a delegate", () => {
    expect(read()).toEqual({
      ok: true,
      status: "good",
      thisUpdate: new Date("2026-05-31T23:50:00Z"),
      nextUpdate: new Date("2026-06-01T00:05:00Z"),
    });
  });

  test("ok/the delegate named by its key", () => {
    const responderId = new ResponderID({ byKey: new KeyHash(keyIdOf(responder.publicKey)) });
    expect(read({ responderId })).toMatchObject({ ok: true, status: "good" });
  });

  test("ok/signed by the CA itself", () => {
    const responderId = new ResponderID({ byName: makeName(ca.name) });
    const own = { responderId, key: ca.keys.privateKey };
    expect(read({ ...own, certificate: undefined })).toMatchObject({ ok: true, status: "good" });
    expect(read({ ...own, certificate: ca.certificate })).toMatchObject({ ok: true, status: "good" });
  });

  test("ok/revoked with and without a reason, on hold, unknown", () => {
    expect(read({ status: revoked(CRLReasons.affiliationChanged) })).toMatchObject({
      status: "revoked",
      reason: "affiliationChanged",
    });
    expect(read({ status: revoked() })).toMatchObject({ status: "revoked", reason: "unspecified" });
    expect(read({ status: revoked(CRLReasons.certificateHold) })).toMatchObject({ status: "onHold" });
    expect(read({ status: new CertStatus({ unknown: null }) })).toMatchObject({
      ok: true,
      status: "unknown",
    });
  });

  const unusable: [string, Mistakes, RegExp][] = [
    ["nonce of another request", { nonce: randomBytes(32) }, /nonce/],
    ["no nonce", { nonce: undefined }, /nonce/],
    ["older than allowed", { thisUpdate: "2026-05-31T23:29:00Z" }, /older/],
    ["from the future", { thisUpdate: "2026-06-01T00:10:00Z" }, /future/],
    ["after nextUpdate", { nextUpdate: "2026-05-31T23:59:00Z" }, /nextUpdate/],
    ["for another certificate", { serial: [0x09] }, /exactly one answer/],
    ["two answers for it", { answers: 2 }, /exactly one answer/],
    ["no answer", { answers: 0 }, /exactly one answer/],
    ["unknown critical extension", { extensions: [extension("1.2.3.4", new KeyUsage(1), true)] }, /critical/],
    ["signed by another key than the responder's", { key: rsa().privateKey }, /signature/],
    ["the responder's certificate left out", { certificate: undefined }, /neither/],
    [
      "a responder without OCSPSigning",
      { certificate: responderCertificate({ extensions: [] }) },
      /not for signing/,
    ],
    [
      "a responder for something else",
      {
        certificate: responderCertificate({
          extensions: [extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth]))],
        }),
      },
      /not for signing/,
    ],
    [
      "a responder that may not sign",
      {
        certificate: responderCertificate({
          extensions: [
            extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyAgreement), true),
            ocspSigning,
          ],
        }),
      },
      /not for signing/,
    ],
    [
      "a responder that has expired",
      { certificate: responderCertificate({ notAfter: "2026-05-01T00:00:00Z" }) },
      /not valid/,
    ],
    [
      "a responder that signed itself",
      { certificate: responderCertificate({ signingKey: responder.privateKey }) },
      /not issued/,
    ],
    [
      "a responder of another CA",
      { certificate: responderCertificate({ issuer: signCaName("OTHER") }) },
      /not issued/,
    ],
    [
      "a card as responder",
      { certificate: ca.issue(responder, { subject: responderName }) },
      /not for signing/,
    ],
  ];
  test.each(unusable)("fail/%s", (_, mistakes, detail) => {
    expect(read(mistakes)).toEqual({ ok: false, detail: expect.stringMatching(detail) });
  });

  test("fail/tryLater, noise, trailing bytes, any changed byte of what is signed", () => {
    const later = der(new OCSPResponse({ responseStatus: OCSPResponseStatus.tryLater }));
    expect(readOcspResponse(later, expected)).toEqual({
      ok: false,
      detail: expect.stringContaining("tryLater"),
    });
    expect(readOcspResponse(new Uint8Array(), expected).ok).toBe(false);
    expect(readOcspResponse(Buffer.from("<html>"), expected).ok).toBe(false);
    const good = answer();
    expect(readOcspResponse(Buffer.concat([good, Buffer.of(0)]), expected).ok).toBe(false);
    for (let byte = 0; byte < good.length; byte += 13) {
      const changed = Buffer.from(good);
      changed[byte]! ^= 0x10;
      expect({ byte, ok: readOcspResponse(changed, expected).ok }).toEqual({ byte, ok: false });
    }
  });
});
