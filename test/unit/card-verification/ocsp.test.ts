import { execFileSync } from "node:child_process";
import { createHash, randomBytes, sign } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import {
  BasicOCSPResponse,
  CertStatus,
  id_pkix_ocsp_basic,
  id_pkix_ocsp_nonce,
  KeyHash,
  Nonce,
  OCSPRequest,
  OCSPResponse,
  OCSPResponseStatus,
  ResponderID,
  ResponseBytes,
  ResponseData,
  RevokedInfo,
  SingleResponse,
} from "@peculiar/asn1-ocsp";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  Certificate,
  CRLReason,
  CRLReasons,
  ExtendedKeyUsage,
  Extension,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_kp_OCSPSigning,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
} from "@peculiar/asn1-x509";
import { parseOcspRequest } from "../../../pki/ca/ocsp-request.ts";
import { makeOcspRequest, readOcspResponse } from "../../../pki/card-verification/ocsp.ts";
import { verifyCardSignature } from "../../../pki/card-verification/verify.ts";
import { testAnchors } from "../../../pki/jpki/trust-anchors.ts";
import { makeCms } from "./test-cms.ts";
import {
  der,
  extension,
  keyIdOf,
  makeCertificate,
  makeName,
  nullAlgorithm,
  type Parts,
  pemOf,
  rsa,
  sha256WithRsa,
  signCaName,
  TestCa,
} from "./test-pki.ts";

const ca = new TestCa(signCaName("JPKI-TEST"));
const keys = rsa();
const at = new Date("2026-06-01T00:00:00Z");
const [anchor] = testAnchors(ca.pem);
if (!anchor) throw new Error("no anchor");
const card = cardOf(ca.issue(keys));
const nonce = randomBytes(32);
const request = makeOcspRequest(card, anchor, nonce);

function cardOf(certificate: Buffer, time = at) {
  const cms = makeCms({ content: Buffer.from("x"), certificate, ...keys });
  const verdict = verifyCardSignature({ cms, anchors: [anchor!], at: time });
  if (!verdict.ok) throw new Error(verdict.detail);
  return verdict.card;
}

const responderName: Parts = [
  ["C", "JP"],
  ["O", "JPKI-TEST"],
  ["CN", "OCSP Responder"],
];
const responder = rsa();
const ocspSigning = extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_OCSPSigning]));
const responderCertificate = (more: Partial<Parameters<typeof makeCertificate>[0]> = {}) =>
  makeCertificate({
    issuer: ca.name,
    subject: responderName,
    publicKey: responder.publicKey,
    signingKey: ca.keys.privateKey,
    serial: [0x77],
    extensions: [extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), true), ocspSigning],
    ...more,
  });
const delegate = responderCertificate();

interface Mistakes {
  status?: CertStatus;
  thisUpdate?: string;
  nextUpdate?: string;
  nonce?: Uint8Array | undefined;
  serial?: number[];
  answers?: number;
  extensions?: Extension[];
  certificate?: Buffer | undefined;
  key?: typeof responder.privateKey;
  responderId?: ResponderID;
}

function answer(mistakes: Mistakes = {}): Uint8Array {
  const [asked] = AsnConvert.parse(request, OCSPRequest).tbsRequest.requestList;
  const certID = asked!.reqCert;
  if (mistakes.serial) certID.serialNumber = new Uint8Array(mistakes.serial).buffer;
  const single = new SingleResponse({
    certID,
    certStatus: mistakes.status ?? new CertStatus({ good: null }),
    thisUpdate: new Date(mistakes.thisUpdate ?? "2026-05-31T23:50:00Z"),
    nextUpdate: new Date(mistakes.nextUpdate ?? "2026-06-01T00:05:00Z"),
  });
  const echoed = "nonce" in mistakes ? mistakes.nonce : nonce;
  const extensions = [
    ...(echoed
      ? [new Extension({ extnID: id_pkix_ocsp_nonce, extnValue: new OctetString(der(new Nonce(echoed))) })]
      : []),
    ...(mistakes.extensions ?? []),
  ];
  const tbsResponseData = new ResponseData({
    responderID: mistakes.responderId ?? new ResponderID({ byName: makeName(responderName) }),
    producedAt: new Date("2026-06-01T00:00:00Z"),
    responses: Array.from({ length: mistakes.answers ?? 1 }, () => single),
    ...(extensions.length > 0 && { responseExtensions: extensions }),
  });
  const certificate = "certificate" in mistakes ? mistakes.certificate : delegate;
  const signature = sign("sha256", der(tbsResponseData), mistakes.key ?? responder.privateKey);
  const basic = new BasicOCSPResponse({
    tbsResponseData,
    signatureAlgorithm: nullAlgorithm(sha256WithRsa),
    signature: new Uint8Array(signature).buffer,
    ...(certificate && { certs: [AsnConvert.parse(certificate, Certificate)] }),
  });
  return der(
    new OCSPResponse({
      responseStatus: OCSPResponseStatus.successful,
      responseBytes: new ResponseBytes({
        responseType: id_pkix_ocsp_basic,
        response: new OctetString(der(basic)),
      }),
    }),
  );
}

const expected = { card, anchor, nonce, at, maxAgeSeconds: 1_800 };
const read = (mistakes?: Mistakes) => readOcspResponse(answer(mistakes), expected);
const revoked = (reason?: CRLReasons) =>
  new CertStatus({
    revoked: new RevokedInfo({
      revocationTime: new Date("2026-05-01T00:00:00Z"),
      ...(reason !== undefined && { revocationReason: new CRLReason(reason) }),
    }),
  });

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

describe("makeOcspRequest", () => {
  test.each(["00", "7f", "ff01", "-80", "-ff7f"])("ok/it asks for the serial %s and no other", (serial) => {
    const asked = parseOcspRequest(makeOcspRequest({ ...card, serial }, anchor, nonce));
    expect(asked?.certIds.map((certId) => certId.serial)).toEqual([serial]);
  });

  test("ok/OpenSSL answers it, and the answer is read", () => {
    const now = new Date();
    const issue = (serial: number[]) =>
      cardOf(
        ca.issue(keys, {
          serial,
          notBefore: new Date(now.getTime() - 1e9).toISOString(),
          notAfter: new Date(now.getTime() + 1e9).toISOString(),
        }),
        now,
      );
    const folder = mkdtempSync(join(tmpdir(), "kazasu-ocsp-"));
    const at = (name: string) => join(folder, name);
    const ask = (asked: typeof card) => {
      writeFileSync(at("request.der"), makeOcspRequest(asked, anchor, nonce));
      const signer = ["-rsigner", at("responder.pem"), "-rkey", at("key.pem")];
      const files = [
        "-index",
        at("index"),
        "-CA",
        at("ca.pem"),
        "-reqin",
        at("request.der"),
        "-respout",
        at("response.der"),
      ];
      execFileSync("openssl", ["ocsp", ...files, ...signer, "-nmin", "15"], { stdio: "ignore" });
      return readOcspResponse(readFileSync(at("response.der")), { ...expected, card: asked, at: new Date() });
    };
    try {
      writeFileSync(
        at("index"),
        "V\t491231000000Z\t\t012345\tunknown\t/CN=good\n" +
          "R\t491231000000Z\t260501000000Z,superseded\tABCDEF\tunknown\t/CN=revoked\n",
      );
      writeFileSync(at("ca.pem"), ca.pem);
      const years = { notAfter: "2049-01-01T00:00:00Z" };
      writeFileSync(at("responder.pem"), pemOf(responderCertificate(years)));
      writeFileSync(at("key.pem"), responder.privateKey.export({ type: "pkcs8", format: "pem" }));
      expect(ask(issue([0x01, 0x23, 0x45]))).toMatchObject({ ok: true, status: "good" });
      const revokedOne = issue([0x00, 0xab, 0xcd, 0xef]);
      expect(ask(revokedOne)).toMatchObject({ ok: true, status: "revoked", reason: "superseded" });
      expect(ask(issue([0x55]))).toMatchObject({ ok: true, status: "unknown" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("ok/it names the certificate by hashes of the CA's name and key", () => {
    const [asked] = AsnConvert.parse(request, OCSPRequest).tbsRequest.requestList;
    const sha1 = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest("hex");
    expect(Buffer.from(asked!.reqCert.issuerNameHash.buffer).toString("hex")).toBe(
      sha1(der(makeName(ca.name))),
    );
    expect(Buffer.from(asked!.reqCert.issuerKeyHash.buffer)).toEqual(keyIdOf(ca.keys.publicKey));
    expect(Buffer.from(asked!.reqCert.serialNumber).toString("hex")).toBe("012345");
  });
});
