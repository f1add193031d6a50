import { createHash } from "node:crypto";
import {
  BasicOCSPResponse,
  type CertID,
  CertStatus,
  id_pkix_ocsp_basic,
  id_pkix_ocsp_nonce,
  KeyHash,
  OCSPResponse,
  OCSPResponseStatus,
  ResponderID,
  ResponseBytes,
  ResponseData,
  RevokedInfo,
  SingleResponse,
} from "@peculiar/asn1-ocsp";
import { OctetString } from "@peculiar/asn1-schema";
import { Certificate, CRLReason, Extension } from "@peculiar/asn1-x509";
import { signatureAlgorithmOfSpki } from "../key-store/signature-algorithm.ts";
import type { Authority } from "./authority.ts";
import { bufferOf, encodeDer, parseDer } from "./der.ts";
import type { OcspRequest } from "./ocsp-request.ts";
import { type RevocationReason, revocationReasons } from "./revocation.ts";
import { serialOfInteger } from "./serial.ts";
import { signObject } from "./signed-object.ts";
import { wholeSeconds } from "./time.ts";

/** How long an answer may be relied on: short, because a revocation must be seen soon. */
export const ocspValiditySeconds = 600;

export type CertificateStatus =
  | { status: "good" }
  | { status: "revoked"; revokedAt: Date; reason: RevocationReason };

/** Status of a serial (lower-case hex) this CA issued; `undefined` for every other. */
export type StatusLookup = (serial: string) => Promise<CertificateStatus | undefined>;

/** What a CertID may hash with, by OID: SHA-1, which old clients know only (RFC 5019 §2.1.1), and SHA-256. */
const hashes: Record<string, "sha1" | "sha256"> = {
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.1": "sha256",
};

/**
 * Answers an OCSP request (RFC 6960 §4.2), signed by the delegated signer, whose certificate comes along.
 *
 * A serial never issued here, another issuer or an unknown hash is `unknown`, never `good`. The nonce is echoed.
 * Rejects when `lookup` or the key store does: the caller answers tryLater or internalError.
 */
export async function makeOcspResponse(
  authority: Authority,
  request: OcspRequest,
  lookup: StatusLookup,
  now: Date,
): Promise<Uint8Array> {
  const time = wholeSeconds(now);
  const responses: SingleResponse[] = [];
  for (const certID of request.certIds) {
    const serial = isOurIssuer(authority, certID) ? serialOfInteger(certID.serialNumber) : undefined;
    const status = serial === undefined ? undefined : await lookup(serial);
    responses.push(
      new SingleResponse({
        certID,
        certStatus: certStatusOf(status),
        thisUpdate: time,
        nextUpdate: new Date(time.getTime() + ocspValiditySeconds * 1000),
      }),
    );
  }
  const signer = parseDer(authority.ocspSigner, Certificate);
  const { subjectPublicKeyInfo } = signer.tbsCertificate;
  const tbsResponseData = new ResponseData({
    // The responder's key hash is SHA-1 by definition (RFC 6960 §4.2.1): it names a key and protects nothing.
    responderID: new ResponderID({ byKey: new KeyHash(hash("sha1", subjectPublicKeyInfo.subjectPublicKey)) }),
    producedAt: time,
    responses,
    ...(request.nonce && { responseExtensions: [nonceExtension(request.nonce)] }),
  });
  const { signatureAlgorithm, signature } = await signObject(
    authority.keyStore,
    authority.ocspSignerKeyId,
    encodeDer(tbsResponseData),
    signatureAlgorithmOfSpki(encodeDer(subjectPublicKeyInfo)),
  );
  const basic = new BasicOCSPResponse({ tbsResponseData, signatureAlgorithm, signature, certs: [signer] });
  return encodeDer(
    new OCSPResponse({
      responseStatus: OCSPResponseStatus.successful,
      responseBytes: new ResponseBytes({
        responseType: id_pkix_ocsp_basic,
        response: new OctetString(bufferOf(encodeDer(basic))),
      }),
    }),
  );
}

/** An unsigned answer that carries no status (RFC 6960 §4.2.1). */
export const ocspError = (status: "malformedRequest" | "internalError" | "tryLater"): Uint8Array =>
  encodeDer(new OCSPResponse({ responseStatus: OCSPResponseStatus[status] }));

function isOurIssuer(authority: Authority, certId: CertID): boolean {
  const algorithm = hashes[certId.hashAlgorithm.algorithm];
  if (algorithm === undefined) return false;
  const { name, subjectPublicKey } = authority.issuer;
  return (
    Buffer.from(certId.issuerNameHash.buffer).equals(hash(algorithm, encodeDer(name))) &&
    Buffer.from(certId.issuerKeyHash.buffer).equals(hash(algorithm, subjectPublicKey))
  );
}

function certStatusOf(status: CertificateStatus | undefined): CertStatus {
  if (status === undefined) return new CertStatus({ unknown: null });
  if (status.status === "good") return new CertStatus({ good: null });
  const { revokedAt, reason } = status;
  return new CertStatus({
    revoked: new RevokedInfo({
      revocationTime: wholeSeconds(revokedAt),
      ...(reason !== "unspecified" && { revocationReason: new CRLReason(revocationReasons[reason]) }),
    }),
  });
}

const nonceExtension = (nonce: Uint8Array): Extension =>
  new Extension({
    extnID: id_pkix_ocsp_nonce,
    extnValue: new OctetString(bufferOf(encodeDer(new OctetString(bufferOf(nonce))))),
  });

const hash = (algorithm: "sha1" | "sha256", data: ArrayBuffer | Uint8Array): Buffer =>
  createHash(algorithm).update(new Uint8Array(data)).digest();
