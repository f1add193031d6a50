import { createHash, randomBytes } from "node:crypto";
import { SignedData } from "@peculiar/asn1-cms";
import { CertificationRequest } from "@peculiar/asn1-csr";
import {
  BasicOCSPResponse,
  id_pkix_ocsp_basic,
  OCSPRequest,
  OCSPResponse,
  OCSPResponseStatus,
  ResponseBytes,
} from "@peculiar/asn1-ocsp";
import { AsnConvert, AsnProp, AsnPropTypes, OctetString } from "@peculiar/asn1-schema";
import { Certificate, CertificateList } from "@peculiar/asn1-x509";
import { certificateRequest } from "../../../client/app/csr.ts";
import { makeWebCryptoDeviceKey } from "../../../client/app/device-key.ts";
import { readCertificateRequest } from "../../../pki/ca/csr.ts";
import { parseOcspRequest } from "../../../pki/ca/ocsp-request.ts";
import { readSignedData } from "../../../pki/cms/signed-data.ts";
import { describeCrl } from "../../../pki/crl/describe.ts";
import { certIdOf, makeOcspRequest } from "../../../pki/ocsp/request.ts";
import { readOcspResponse } from "../../../pki/ocsp/response.ts";
import { readCertificate } from "../../../pki/x509/certificate.ts";
import { makeCms } from "../card-verification/test-cms.ts";
import { crlOf } from "../card-verification/test-crl.ts";
import { rsa, signCaName, TestCa } from "../card-verification/test-pki.ts";
import { basicOcspResponse } from "./basic-ocsp-response.ts";

/** A structure as two readers take it: the cursor, and the schema library whose value must encode to the same bytes. */
export interface Structure {
  /** Valid specimens, which are mutated. */
  specimens: readonly Uint8Array[];
  /** Throws, or gives false, where the cursor's reader refuses. */
  read: (der: Uint8Array) => unknown;
  schema: new () => object;
}

/** ContentInfo with SignedData inside, in one type (RFC 5652 §3). */
class SignedMessage {
  contentType = "";
  content = new SignedData();
}
AsnProp({ type: AsnPropTypes.ObjectIdentifier })(SignedMessage.prototype, "contentType");
AsnProp({ type: SignedData, context: 0 })(SignedMessage.prototype, "content");

const wholeResponse = (basic: Uint8Array): Uint8Array =>
  new Uint8Array(
    AsnConvert.serialize(
      new OCSPResponse({
        responseStatus: OCSPResponseStatus.successful,
        responseBytes: new ResponseBytes({
          responseType: id_pkix_ocsp_basic,
          response: new OctetString(basic),
        }),
      }),
    ),
  );

const limits = { octets: 1_000_000, certificates: 100, attributes: 100 };

/** The structures that strangers hand in, with specimens of our own making. */
export async function structures(): Promise<Record<string, Structure>> {
  const ca = new TestCa(signCaName("JPKI-TEST"));
  const keys = rsa();
  const certificate = ca.issue(keys);
  const content = Buffer.from("content");
  const issuer = readCertificate(ca.certificate);
  const asked = certIdOf("012345", issuer, "sha1");
  const basic = basicOcspResponse(ca, createHash("sha256").update("nonce").digest());
  return {
    certificate: { specimens: [certificate, ca.certificate], read: readCertificate, schema: Certificate },
    cms: {
      specimens: [
        makeCms({ content, certificate, ...keys }),
        makeCms({ content, certificate, ...keys, byKeyId: true }),
      ],
      read: (der) => readSignedData(der, limits),
      schema: SignedMessage,
    },
    "basic-ocsp-response": {
      specimens: [basic],
      read: (der) => readOcspResponse(wholeResponse(der)),
      schema: BasicOCSPResponse,
    },
    "ocsp-response": { specimens: [wholeResponse(basic)], read: readOcspResponse, schema: OCSPResponse },
    "ocsp-request": {
      specimens: [makeOcspRequest(asked, randomBytes(32))],
      read: parseOcspRequest,
      schema: OCSPRequest,
    },
    csr: {
      specimens: [await certificateRequest(await makeWebCryptoDeviceKey())],
      read: (der) => {
        const verdict = readCertificateRequest(der);
        return verdict.ok || verdict.code === "CSR_PROOF_INVALID";
      },
      schema: CertificationRequest,
    },
    crl: { specimens: [crlOf(ca)], read: describeCrl, schema: CertificateList },
  };
}
