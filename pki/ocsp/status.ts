import { sameBytes } from "../der/bytes.ts";
import type { Certificate } from "../x509/certificate.ts";
import { clockSkewSeconds } from "../x509/clock-skew.ts";
import { readExtension } from "../x509/extension.ts";
import type { Verifying } from "../x509/signature.ts";
import { type AskedCertId, isAbout } from "./request.ts";
import { type BasicResponse, readOcspResponse, type SingleResponse } from "./response.ts";
import { requireSignature } from "./signature.ts";
import { UnusableOcsp } from "./unusable.ts";

const idNonce = "1.3.6.1.5.5.7.48.1.2";

export interface OcspExpectation {
  /** The requested certificate (RFC 6960 §4.1.1). */
  asked: AskedCertId;
  /** The CA that issued the certificate. It must be trusted: its own path was validated. */
  issuer: Certificate;
  /** The nonce of the request: a response to another request, or a stored one, is refused. */
  nonce?: Uint8Array;
  at: Date;
  /** The oldest accepted `thisUpdate`; if absent, `nextUpdate` is required. */
  maxAgeSeconds?: number;
}

/** The issuer's status. `reason` is a CRLReason as its number. */
export type OcspStatus = Pick<
  SingleResponse,
  "status" | "revokedAt" | "reason" | "thisUpdate" | "nextUpdate"
>;

/**
 * The status of one certificate in an OCSP response (DER) (RFC 6960 §3.2): signed by the issuer or its delegate, for this
 * certificate and this nonce, and valid at the time.
 * @throws UnusableOcsp, NotDer, BadCertificate with the cause; none of them is a status
 */
export function* ocspStatus(der: Uint8Array, expected: OcspExpectation): Verifying<OcspStatus> {
  const { asked, issuer, nonce, at } = expected;
  const basic = readOcspResponse(der);
  yield* requireSignature(basic, issuer, at);
  checkExtensions(basic, nonce);
  const [answer, ...others] = basic.responses.filter(({ certId }) => isAbout(certId, asked));
  if (!answer || others.length > 0)
    throw new UnusableOcsp("The OCSP response does not have exactly one answer for this certificate.");
  checkTimes(answer, expected);
  const { status, revokedAt, reason, thisUpdate, nextUpdate } = answer;
  return {
    status,
    ...(revokedAt && { revokedAt }),
    ...(reason !== undefined && { reason }),
    thisUpdate,
    ...(nextUpdate && { nextUpdate }),
  };
}

function checkExtensions({ extensions, responses }: BasicResponse, nonce: Uint8Array | undefined): void {
  for (const each of [extensions, ...responses.map((response) => response.extensions)])
    for (const [oid, { critical }] of each)
      if (critical && oid !== idNonce)
        throw new UnusableOcsp(`The OCSP response has the unknown critical extension ${oid}.`);
  const echoed = readExtension(extensions, { oid: idNonce, read: (cursor) => cursor.octetString() });
  if (nonce && !(echoed && sameBytes(echoed, nonce)))
    throw new UnusableOcsp("The OCSP response does not have the nonce of the request.");
}

function checkTimes(
  { thisUpdate, nextUpdate }: SingleResponse,
  { at, maxAgeSeconds }: OcspExpectation,
): void {
  const age = (at.getTime() - thisUpdate.getTime()) / 1000;
  if (age < -clockSkewSeconds) throw new UnusableOcsp("The OCSP response is from the future.");
  if (nextUpdate && nextUpdate < thisUpdate)
    throw new UnusableOcsp("The nextUpdate of the OCSP response is before its thisUpdate.");
  if (maxAgeSeconds === undefined && !nextUpdate)
    throw new UnusableOcsp("The OCSP response has no nextUpdate.");
  if (maxAgeSeconds !== undefined && age > maxAgeSeconds)
    throw new UnusableOcsp(`The OCSP response is older than ${maxAgeSeconds} s.`);
  if (nextUpdate && nextUpdate < at) throw new UnusableOcsp("The OCSP response has expired (nextUpdate).");
}
