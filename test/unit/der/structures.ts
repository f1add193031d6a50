import { createHash, randomBytes } from "node:crypto";
import { id_ri_ocsp_response, OtherRevocationInfoFormat } from "@peculiar/asn1-cms";
import { CertificationRequest } from "@peculiar/asn1-csr";
import {
  BasicOCSPResponse,
  id_pkix_ocsp_basic,
  OCSPRequest,
  OCSPResponse,
  OCSPResponseStatus,
  ResponseBytes,
} from "@peculiar/asn1-ocsp";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { Certificate, CRLReasons } from "@peculiar/asn1-x509";
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
import { crlOf, entry } from "../card-verification/test-crl.ts";
import { rsa, signCaName, TestCa } from "../card-verification/test-pki.ts";
import { basicOcspResponse } from "./basic-ocsp-response.ts";
import { ExactCertificateList } from "./certificate-list.ts";
import { revocationInfo, SignedMessage, withRevocationInfo } from "./signed-message.ts";

/** A structure as two readers take it: the cursor, and the schema library whose value must encode to the same bytes. */
export interface Structure {
  /** Valid specimens, which are mutated. */
  specimens: readonly Uint8Array[];
  /** Throws, or gives false, where the cursor's reader refuses. */
  read: (der: Uint8Array) => unknown;
  schema: new () => object;
}

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
  // Inside a message, the smallest certificate: the whole form of one is mutated by itself.
  const small = new TestCa([["CN", "CA"]], keys, { extensions: [] });
  const issuer = readCertificate(ca.certificate);
  const asked = certIdOf("012345", issuer, "sha1");
  const crl = crlOf(ca, { entries: [entry([1], CRLReasons.superseded), entry([2])] });
  const message = makeCms({ content, certificate: small.certificate, ...keys });
  const basic = basicOcspResponse(small, createHash("sha256").update("nonce").digest());
  return {
    certificate: { specimens: [certificate, ca.certificate], read: readCertificate, schema: Certificate },
    cms: {
      specimens: [
        message,
        makeCms({ content, certificate: small.certificate, ...keys, byKeyId: true }),
        withRevocationInfo(message, [
          revocationInfo({ crl: AsnConvert.parse(crlOf(small), ExactCertificateList) }),
          revocationInfo({
            other: new OtherRevocationInfoFormat({
              otherRevInfoFormat: id_ri_ocsp_response,
              otherRevInfo: AsnConvert.serialize(new OctetString(4)),
            }),
          }),
        ]),
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
    crl: {
      specimens: [crl],
      read: describeCrl,
      schema: ExactCertificateList,
    },
  };
}
