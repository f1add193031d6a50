import { sign } from "node:crypto";
import {
  BasicOCSPResponse,
  CertID,
  CertStatus,
  id_pkix_ocsp_nonce,
  Nonce,
  ResponderID,
  ResponseData,
  RevokedInfo,
  SingleResponse,
} from "@peculiar/asn1-ocsp";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { Certificate, CRLReason, CRLReasons, Extension } from "@peculiar/asn1-x509";
import { der, makeName, nullAlgorithm, sha256WithRsa, type TestCa } from "../card-verification/test-pki.ts";

/** Answers of every kind in one response, signed by the CA itself. */
export function basicOcspResponse(ca: TestCa, nonce: Uint8Array): Uint8Array {
  const hash = new OctetString(new Uint8Array(20));
  const revoked = new RevokedInfo({
    revocationTime: new Date("2026-05-30T00:00:00Z"),
    revocationReason: new CRLReason(CRLReasons.superseded),
  });
  const statuses = [
    new CertStatus({ good: null }),
    new CertStatus({ revoked }),
    new CertStatus({ unknown: null }),
  ];
  const responses = statuses.map(
    (certStatus, index) =>
      new SingleResponse({
        certID: new CertID({
          hashAlgorithm: nullAlgorithm("1.3.14.3.2.26"),
          issuerNameHash: hash,
          issuerKeyHash: hash,
          serialNumber: Uint8Array.of(index + 1).buffer,
        }),
        certStatus,
        thisUpdate: new Date("2026-05-31T23:50:00Z"),
        nextUpdate: new Date("2026-06-01T00:05:00Z"),
      }),
  );
  const echoed = new OctetString(der(new Nonce(nonce)));
  const tbsResponseData = new ResponseData({
    responderID: new ResponderID({ byName: makeName(ca.name) }),
    producedAt: new Date("2026-06-01T00:00:00Z"),
    responses,
    responseExtensions: [new Extension({ extnID: id_pkix_ocsp_nonce, extnValue: echoed })],
  });
  const signature = sign("sha256", der(tbsResponseData), ca.keys.privateKey);
  return der(
    new BasicOCSPResponse({
      tbsResponseData,
      signatureAlgorithm: nullAlgorithm(sha256WithRsa),
      signature: new Uint8Array(signature).buffer,
      certs: [AsnConvert.parse(ca.certificate, Certificate)],
    }),
  );
}
