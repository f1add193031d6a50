import { sign } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import {
  BasicOCSPResponse,
  id_pkix_ocsp_basic,
  OCSPResponse,
  OCSPResponseStatus,
  ResponseBytes,
} from "@peculiar/asn1-ocsp";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { Certificate, CRLReason } from "@peculiar/asn1-x509";
import { ocspStatus } from "../../../pki/ocsp/status.ts";
import { readCertificate } from "../../../pki/x509/certificate.ts";
import { verifyWithNode } from "../../../pki/x509/node-signature.ts";
import { runSync } from "../../../pki/x509/signature.ts";
import { der, nullAlgorithm, rsa, signCaName, TestCa } from "../card-verification/test-pki.ts";
import { basicOcspResponse } from "../der/basic-ocsp-response.ts";

const ca = new TestCa(signCaName("JPKI-TEST"));
const nonce = new Uint8Array(32);
const sha256WithRsa = "1.2.840.113549.1.1.11";
const sha1WithRsa = "1.2.840.113549.1.1.5";
const at = new Date("2026-06-01T00:00:00Z");
/** As basicOcspResponse names its issuer; the second of its answers is of a revocation. */
const zeros = new Uint8Array(20);
const asked = { hash: "sha1" as const, issuerNameHash: zeros, issuerKeyHash: zeros, serial: "02" };

/** What the CA says of the revoked certificate once something in its response is changed, or why that is not taken. */
function said(change: (basic: BasicOCSPResponse) => void, algorithm = sha256WithRsa): object | string {
  const basic = AsnConvert.parse(basicOcspResponse(ca, nonce), BasicOCSPResponse);
  change(basic);
  const tbs = der(basic.tbsResponseData);
  basic.tbsResponseDataRaw = new Uint8Array(tbs).buffer;
  basic.signatureAlgorithm = nullAlgorithm(algorithm);
  const hash = algorithm === sha1WithRsa ? "sha1" : "sha256";
  basic.signature = new Uint8Array(sign(hash, tbs, ca.keys.privateKey)).buffer;
  const response = new OCSPResponse({
    responseStatus: OCSPResponseStatus.successful,
    responseBytes: new ResponseBytes({
      responseType: id_pkix_ocsp_basic,
      response: new OctetString(der(basic)),
    }),
  });
  const issuer = readCertificate(ca.certificate);
  try {
    return runSync(ocspStatus(der(response), { asked, issuer, nonce, at }), verifyWithNode);
  } catch (error) {
    return (error as Error).message;
  }
}

describe("reasons (RFC 5280 §5.3.1)", () => {
  test.each([
    [4, 4],
    [11, 11],
    [-1, 0],
    [300, 0],
  ])("ok/the reason %d: revoked, whether anybody knows the reason or not", (written, reason) => {
    const change = ({ tbsResponseData: { responses } }: BasicOCSPResponse) => {
      responses[1]!.certStatus.revoked!.revocationReason = Object.assign(new CRLReason(), {
        reason: written,
      });
    };
    expect(said(change)).toMatchObject({ status: "revoked", reason });
  });
});

describe("SHA-1, which is named as the cause", () => {
  test("fail/under the response", () => {
    expect(said(() => {}, sha1WithRsa)).toBe(
      "The OCSP response is signed with SHA-1 with RSA, which is not accepted.",
    );
  });

  test("fail/under the certificate of the responder", () => {
    const delegate = ca.issue(rsa(), {
      algorithm: sha1WithRsa,
      hash: "sha1",
      subject: [["CN", "Responder"]],
    });
    const change = (basic: BasicOCSPResponse) => {
      const certificate = AsnConvert.parse(delegate, Certificate);
      basic.certs = [certificate];
      basic.tbsResponseData.responderID.byName = certificate.tbsCertificate.subject;
    };
    expect(said(change)).toBe(
      "The responder's certificate is signed with SHA-1 with RSA, which is not accepted.",
    );
  });
});
