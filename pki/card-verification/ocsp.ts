import { createHash } from "node:crypto";
import {
  BasicOCSPResponse,
  CertID,
  id_pkix_ocsp_basic,
  id_pkix_ocsp_nonce,
  Nonce,
  OCSPRequest,
  OCSPResponse,
  OCSPResponseStatus,
  Request,
  type ResponseData,
  type SingleResponse,
  TBSRequest,
} from "@peculiar/asn1-ocsp";
import { OctetString } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier, CRLReasons, Extension } from "@peculiar/asn1-x509";
import { clockSkewSeconds, ocspCertIdHash } from "../jpki/profile.ts";
import type { TrustAnchor } from "../jpki/trust-anchors.ts";
import type { CertificateFacts } from "./card.ts";
import { BadCertificate, describeCertificate, serialHex } from "./certificate.ts";
import { encodeDer, NotDer, parseDer } from "./der.ts";
import { responderKey } from "./responder.ts";
import { signatureScheme, verifySignature } from "./signature.ts";
import { type CardStatus, UnusableStatus } from "./status.ts";

const largestResponse = 65_536;
const mostCertificates = 4;
const hashOids = { sha1: "1.3.14.3.2.26", sha256: "2.16.840.1.101.3.4.2.1" };

/** Names the certificate to its issuer (RFC 6960 §4.1.1). */
function certId(card: CertificateFacts, anchor: TrustAnchor): CertID {
  const digest = (bytes: Uint8Array) => new OctetString(createHash(ocspCertIdHash).update(bytes).digest());
  const serial = Buffer.from(card.serial, "hex");
  const padded = (serial[0] ?? 0) < 0x80 ? serial : Buffer.concat([Buffer.of(0), serial]);
  return new CertID({
    hashAlgorithm: new AlgorithmIdentifier({ algorithm: hashOids[ocspCertIdHash], parameters: null }),
    issuerNameHash: digest(anchor.subjectDer),
    issuerKeyHash: digest(anchor.publicKeyBits),
    serialNumber: new Uint8Array(padded).buffer,
  });
}

/**
 * An OCSP request (RFC 6960 §4.1) for one card certificate, DER. `nonce` is 16 to 32 fresh random bytes
 * (RFC 9654 §2.1), kept to read the answer with.
 */
export function makeOcspRequest(card: CertificateFacts, anchor: TrustAnchor, nonce: Uint8Array): Uint8Array {
  const value = new OctetString(encodeDer(new Nonce(nonce)));
  return encodeDer(
    new OCSPRequest({
      tbsRequest: new TBSRequest({
        requestList: [new Request({ reqCert: certId(card, anchor) })],
        requestExtensions: [new Extension({ extnID: id_pkix_ocsp_nonce, extnValue: value })],
      }),
    }),
  );
}

export interface OcspExpectation {
  card: CertificateFacts;
  /** The anchor the card was verified under. */
  anchor: TrustAnchor;
  /** The nonce of the request; an answer to another request, or a stored one, is not taken. */
  nonce: Uint8Array;
  at: Date;
  /** The oldest `thisUpdate` that is still taken. */
  maxAgeSeconds: number;
}

/**
 * Reads the answer to {@link makeOcspRequest} (RFC 6960 §3.2, §4.2): signed by the CA or its delegate, for this
 * certificate and this nonce, and fresh. Anything less is `ok: false`, never "good".
 */
export function readOcspResponse(der: Uint8Array, expected: OcspExpectation): CardStatus {
  try {
    return readAnswer(der, expected);
  } catch (error) {
    const known =
      error instanceof UnusableStatus || error instanceof NotDer || error instanceof BadCertificate;
    if (!known) throw error;
    return { ok: false, detail: error.message };
  }
}

function readAnswer(
  der: Uint8Array,
  { card, anchor, nonce, at, maxAgeSeconds }: OcspExpectation,
): CardStatus {
  if (der.byteLength > largestResponse) throw new UnusableStatus("The OCSP response is too large.");
  const { responseStatus, responseBytes } = parseDer(der, OCSPResponse, "OCSP response");
  if (responseStatus !== OCSPResponseStatus.successful) {
    throw new UnusableStatus(
      `The responder answered "${OCSPResponseStatus[responseStatus] ?? responseStatus}".`,
    );
  }
  if (responseBytes?.responseType !== id_pkix_ocsp_basic) {
    throw new UnusableStatus("The OCSP response is not a basic one.");
  }
  const basic = parseDer(new Uint8Array(responseBytes.response.buffer), BasicOCSPResponse, "OCSP response");
  const data = basic.tbsResponseData;
  checkSignature(basic, anchor, at);
  checkExtensions(data, nonce);
  const answer = findAnswer(data, certId(card, anchor));
  checkFreshness(answer, at, maxAgeSeconds);

  const { thisUpdate, nextUpdate } = answer;
  const times = { thisUpdate, ...(nextUpdate && { nextUpdate }) };
  const { revoked, good } = answer.certStatus;
  if (revoked) {
    const reason = revoked.revocationReason?.reason ?? CRLReasons.unspecified;
    const status = reason === CRLReasons.certificateHold ? "onHold" : "revoked";
    return { ok: true, status, reason: CRLReasons[reason] ?? "unspecified", ...times };
  }
  return { ok: true, status: good === null ? "good" : "unknown", ...times };
}

function checkSignature(basic: BasicOCSPResponse, anchor: TrustAnchor, at: Date): void {
  const certificates = basic.certs ?? [];
  if (certificates.length > mostCertificates)
    throw new UnusableStatus("The OCSP response has too many certificates.");
  const key = responderKey(
    basic.tbsResponseData.responderID,
    certificates.map((certificate) => describeCertificate(certificate)),
    anchor,
    at,
  );
  const scheme = signatureScheme(basic.signatureAlgorithm);
  const signed = encodeDer(basic.tbsResponseData);
  if (!scheme || !verifySignature(scheme, signed, key, new Uint8Array(basic.signature))) {
    throw new UnusableStatus("The signature of the OCSP response is not that of the responder.");
  }
}

function checkExtensions(data: ResponseData, nonce: Uint8Array): void {
  const extensions = data.responseExtensions ?? [];
  const unknown = [
    ...extensions,
    ...data.responses.flatMap(({ singleExtensions }) => singleExtensions ?? []),
  ].find(({ critical, extnID }) => critical && extnID !== id_pkix_ocsp_nonce);
  if (unknown)
    throw new UnusableStatus(`The OCSP response has the unknown critical extension ${unknown.extnID}.`);
  const [found, ...others] = extensions.filter(({ extnID }) => extnID === id_pkix_ocsp_nonce);
  const value = found && parseDer(new Uint8Array(found.extnValue.buffer), Nonce, "nonce");
  if (!value || others.length > 0 || !Buffer.from(value.buffer).equals(nonce)) {
    throw new UnusableStatus("The OCSP response does not carry the nonce of the request.");
  }
}

function findAnswer(data: ResponseData, asked: CertID): SingleResponse {
  const wanted = nameOf(asked);
  const [answer, ...others] = data.responses.filter(({ certID }) => nameOf(certID) === wanted);
  if (!answer || others.length > 0) {
    throw new UnusableStatus("The OCSP response does not answer, once, for this certificate.");
  }
  return answer;
}

/** A CertID as text for comparing; the parameters of the hash (NULL or absent) say nothing. */
const nameOf = ({ hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber }: CertID): string =>
  [
    hashAlgorithm.algorithm,
    Buffer.from(issuerNameHash.buffer).toString("hex"),
    Buffer.from(issuerKeyHash.buffer).toString("hex"),
    serialHex(serialNumber),
  ].join();

function checkFreshness({ thisUpdate, nextUpdate }: SingleResponse, at: Date, maxAgeSeconds: number): void {
  const age = (at.getTime() - thisUpdate.getTime()) / 1000;
  if (age < -clockSkewSeconds) throw new UnusableStatus("The OCSP response is from the future.");
  if (!(age <= maxAgeSeconds))
    throw new UnusableStatus(`The OCSP response is older than ${maxAgeSeconds} s.`);
  if (nextUpdate && nextUpdate < at) throw new UnusableStatus("The OCSP response has ended (nextUpdate).");
}
