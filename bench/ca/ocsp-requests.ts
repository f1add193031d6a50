import { randomBytes } from "node:crypto";
import {
  BasicOCSPResponse,
  id_pkix_ocsp_nonce,
  OCSPRequest,
  OCSPResponse,
  Request,
  TBSRequest,
} from "@peculiar/asn1-ocsp";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { Extension } from "@peculiar/asn1-x509";
import type { Authority } from "../../pki/ca/authority.ts";
import { makeCertId } from "../../pki/ca/ocsp-cert-id.ts";

/** An OCSP request about one serial, with SHA-1 like `openssl ocsp`, DER. */
export function ocspRequest(authority: Authority, serial: string, nonce?: Buffer): Buffer {
  const requestExtensions = nonce && [
    new Extension({
      extnID: id_pkix_ocsp_nonce,
      extnValue: new OctetString(AsnConvert.serialize(new OctetString(nonce))),
    }),
  ];
  const requestList = [new Request({ reqCert: makeCertId(authority, "sha1", serial) })];
  const tbsRequest = new TBSRequest({ requestList, ...(requestExtensions && { requestExtensions }) });
  return Buffer.from(AsnConvert.serialize(new OCSPRequest({ tbsRequest })));
}

export const newNonce = (): Buffer => randomBytes(32);

/** The bytes of an HTTP request (RFC 6960 appendix A.1). */
export function overHttp(method: "GET" | "POST", der: Buffer, keepAlive: boolean): Buffer {
  const connection = keepAlive ? "keep-alive" : "close";
  if (method === "GET") {
    const path = encodeURIComponent(der.toString("base64"));
    return Buffer.from(`GET /${path} HTTP/1.1\r\nHost: localhost\r\nConnection: ${connection}\r\n\r\n`);
  }
  const head = `POST / HTTP/1.1\r\nHost: localhost\r\nConnection: ${connection}\r\nContent-Type: application/ocsp-request\r\nContent-Length: ${der.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), der]);
}

/** The status of the single certificate in an OCSP response. Throws if there is none. */
export function statusIn(der: Buffer): "good" | "revoked" | "unknown" {
  const { responseStatus, responseBytes } = AsnConvert.parse(der, OCSPResponse);
  if (!responseBytes)
    throw new Error(`The responder answered with the status ${responseStatus}, not with an answer.`);
  const basic = AsnConvert.parse(responseBytes.response, BasicOCSPResponse);
  const status = basic.tbsResponseData.responses[0]?.certStatus;
  if (status?.revoked) return "revoked";
  return status?.good === null ? "good" : "unknown";
}
