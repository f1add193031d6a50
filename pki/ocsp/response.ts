import { readReason } from "../crl/reasons.ts";
import { type Cursor, constructedTag, primitiveTag, readDer, tags } from "../der/cursor.ts";
import { readGeneralizedTime } from "../der/read-time.ts";
import { type AlgorithmIdentifier, readAlgorithm } from "../x509/algorithm.ts";
import { type Certificate, certificateAt } from "../x509/certificate.ts";
import { type Extension, readExtensions } from "../x509/extension.ts";
import { type Name, readName } from "../x509/name.ts";
import { serialText } from "../x509/serial-number.ts";
import { UnusableOcsp } from "./unusable.ts";

/** CertID (RFC 6960 §4.1.1): a serial number, and an issuer identified by hashes. */
export interface CertId {
  hashAlgorithm: AlgorithmIdentifier;
  issuerNameHash: Uint8Array;
  issuerKeyHash: Uint8Array;
  serial: string;
}

/** SingleResponse (RFC 6960 §4.2.1). */
export interface SingleResponse {
  certId: CertId;
  status: "good" | "revoked" | "unknown";
  revokedAt?: Date;
  /** CRLReason as its number; absent if none is given. */
  reason?: number;
  thisUpdate: Date;
  nextUpdate?: Date;
  extensions: ReadonlyMap<string, Extension>;
}

export type ResponderId = { name: Name } | { keyHash: Uint8Array };

/** BasicOCSPResponse (RFC 6960 §4.2.1), not verified yet. */
export interface BasicResponse {
  /** The signed part, as encoded. */
  tbs: Uint8Array;
  responderId: ResponderId;
  producedAt: Date;
  responses: SingleResponse[];
  extensions: ReadonlyMap<string, Extension>;
  signatureAlgorithm: AlgorithmIdentifier;
  signature: Uint8Array;
  certificates: Certificate[];
}

const largest = 65_536;
const mostCertificates = 4;
const mostResponses = 64;
const idBasic = "1.3.6.1.5.5.7.48.1.1";
const statuses = [
  "successful",
  "malformedRequest",
  "internalError",
  "tryLater",
  "4",
  "sigRequired",
  "unauthorized",
];

/**
 * Parses an OCSP response (RFC 6960 §4.2) in strict DER.
 * @throws NotDer; BadCertificate for a certificate inside
 * @throws UnusableOcsp if it is too large, not successful or not of the basic type
 */
export function readOcspResponse(der: Uint8Array): BasicResponse {
  if (der.byteLength > largest) throw new UnusableOcsp(`The OCSP response is larger than ${largest} bytes.`);
  const basic = readDer(der, "OCSP response", (cursor) => {
    const response = cursor.enter();
    const status = response.smallInteger(tags.enumerated);
    const explicit = response.enterIf(constructedTag(0));
    response.finish();
    if (status !== 0) throw new UnusableOcsp(`The responder answered "${statuses[status] ?? status}".`);
    if (!explicit) throw new UnusableOcsp("The OCSP response has no content.");
    const bytes = explicit.enter();
    explicit.finish();
    if (bytes.objectIdentifier() !== idBasic) throw new UnusableOcsp("The OCSP response is not a basic one.");
    const content = bytes.octetString();
    bytes.finish();
    return content;
  });
  return readDer(basic, "OCSP response", readBasic);
}

function readBasic(cursor: Cursor): BasicResponse {
  const basic = cursor.enter();
  const start = basic.at;
  const data = basic.enter();
  const tbs = basic.bytes.subarray(start, basic.at);
  const signatureAlgorithm = readAlgorithm(basic);
  const signature = basic.octetAlignedBits();
  const certificates = readCertificates(basic);
  basic.finish();
  const responderId = readResponderId(data);
  const producedAt = readGeneralizedTime(data);
  const list = data.enter();
  const responses: SingleResponse[] = [];
  while (!list.ended) {
    if (responses.length === mostResponses) throw new UnusableOcsp(`More than ${mostResponses} answers.`);
    responses.push(readSingle(list.enter()));
  }
  const extensions = readTaggedExtensions(data, 1);
  data.finish();
  return { tbs, responderId, producedAt, responses, extensions, signatureAlgorithm, signature, certificates };
}

function readCertificates(basic: Cursor): Certificate[] {
  const explicit = basic.enterIf(constructedTag(0));
  const list = explicit?.enter();
  explicit?.finish();
  const certificates: Certificate[] = [];
  if (!list) return certificates;
  if (list.ended) throw new UnusableOcsp("The OCSP response has an empty list of certificates.");
  while (!list.ended) {
    if (certificates.length === mostCertificates)
      throw new UnusableOcsp("The OCSP response has too many certificates.");
    certificates.push(certificateAt(list));
  }
  return certificates;
}

function readResponderId(data: Cursor): ResponderId {
  const byName = data.enterIf(constructedTag(1));
  const explicit = byName ?? data.enter(constructedTag(2));
  const id = byName ? { name: readName(explicit) } : { keyHash: explicit.octetString() };
  explicit.finish();
  return id;
}

/** Parses the content of a CertID. @throws NotDer */
export function readCertId(sequence: Cursor): CertId {
  const certId = {
    hashAlgorithm: readAlgorithm(sequence),
    issuerNameHash: sequence.octetString(),
    issuerKeyHash: sequence.octetString(),
    serial: serialText(sequence.integer()),
  };
  sequence.finish();
  return certId;
}

function readSingle(single: Cursor): SingleResponse {
  const certId = readCertId(single.enter());
  const status = readStatus(single);
  const thisUpdate = readGeneralizedTime(single);
  const explicit = single.enterIf(constructedTag(0));
  const nextUpdate = explicit && readGeneralizedTime(explicit);
  explicit?.finish();
  const extensions = readTaggedExtensions(single, 1);
  single.finish();
  return { certId, ...status, thisUpdate, ...(nextUpdate && { nextUpdate }), extensions };
}

/** CertStatus: good and unknown are an implicit NULL. */
function readStatus(single: Cursor): Pick<SingleResponse, "status" | "revokedAt" | "reason"> {
  const revoked = single.enterIf(constructedTag(1));
  if (!revoked) {
    const status = single.tag === primitiveTag(0) ? "good" : "unknown";
    single.enter(primitiveTag(status === "good" ? 0 : 2)).finish();
    return { status };
  }
  const revokedAt = readGeneralizedTime(revoked);
  const explicit = revoked.enterIf(constructedTag(0));
  const reason = explicit && readReason(explicit);
  explicit?.finish();
  revoked.finish();
  return { status: "revoked", revokedAt, ...(reason !== undefined && { reason }) };
}

function readTaggedExtensions(cursor: Cursor, n: number): ReadonlyMap<string, Extension> {
  const explicit = cursor.enterIf(constructedTag(n));
  if (!explicit) return new Map();
  const extensions = readExtensions(explicit);
  explicit.finish();
  return extensions;
}
