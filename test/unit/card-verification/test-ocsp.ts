import { randomBytes, sign } from "node:crypto";
import {
  BasicOCSPResponse,
  CertStatus,
  id_pkix_ocsp_basic,
  id_pkix_ocsp_nonce,
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
  type CRLReasons,
  ExtendedKeyUsage,
  Extension,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_kp_OCSPSigning,
  KeyUsage,
  KeyUsageFlags,
} from "@peculiar/asn1-x509";
import { makeOcspRequest, readOcspResponse } from "../../../pki/card-verification/ocsp.ts";
import { verifyCardSignature } from "../../../pki/card-verification/verify.ts";
import { testAnchors } from "../../../pki/jpki/trust-anchors.ts";
import { makeCms } from "./test-cms.ts";
import {
  der,
  extension,
  makeCertificate,
  makeName,
  nullAlgorithm,
  type Parts,
  rsa,
  sha256WithRsa,
  signCaName,
  TestCa,
} from "./test-pki.ts";

export const ca = new TestCa(signCaName("JPKI-TEST"));
export const keys = rsa();
const at = new Date("2026-06-01T00:00:00Z");
export const anchor = testAnchors(ca.pem)[0]!;
export const card = cardOf(ca.issue(keys));
export const nonce = randomBytes(32);
export const request = makeOcspRequest(card, anchor, nonce);

export function cardOf(certificate: Buffer, time = at) {
  const cms = makeCms({ content: Buffer.from("x"), certificate, ...keys });
  const verdict = verifyCardSignature({ cms, anchors: [anchor], at: time });
  if (!verdict.ok) throw new Error(verdict.detail);
  return verdict.card;
}

export const responderName: Parts = [
  ["C", "JP"],
  ["O", "JPKI-TEST"],
  ["CN", "OCSP Responder"],
];
export const responder = rsa();
export const ocspSigning = extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_OCSPSigning]));
export const responderCertificate = (more: Partial<Parameters<typeof makeCertificate>[0]> = {}) =>
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

export interface Mistakes {
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

export function answer(mistakes: Mistakes = {}): Uint8Array {
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

export const expected = { card, anchor, nonce, at, maxAgeSeconds: 1_800 };
export const read = (mistakes?: Mistakes) => readOcspResponse(answer(mistakes), expected);
export const revoked = (reason?: CRLReasons) =>
  new CertStatus({
    revoked: new RevokedInfo({
      revocationTime: new Date("2026-05-01T00:00:00Z"),
      ...(reason !== undefined && { revocationReason: new CRLReason(reason) }),
    }),
  });
