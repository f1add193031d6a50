import { crlReasonName } from "../crl/reasons.ts";
import { NotDer } from "../der/cursor.ts";
import { ocspCertIdHash } from "../jpki/profile.ts";
import type { TrustAnchor } from "../jpki/trust-anchors.ts";
import { type AskedCertId, certIdOf, makeOcspRequest as makeRequest } from "../ocsp/request.ts";
import { ocspStatus } from "../ocsp/status.ts";
import { UnusableOcsp } from "../ocsp/unusable.ts";
import { BadCertificate } from "../x509/extension.ts";
import { verifyWithNode } from "../x509/node-signature.ts";
import { runSync } from "../x509/signature.ts";
import type { CertificateFacts } from "./card.ts";
import type { CardStatus } from "./status.ts";

const askedFor = (card: CertificateFacts, anchor: TrustAnchor): AskedCertId =>
  certIdOf(card.serial, anchor.certificate, ocspCertIdHash);

/**
 * An OCSP request (RFC 6960 §4.1) for one card certificate, DER. `nonce` is 16 to 32 fresh random bytes (RFC 9654 §2.1), needed
 * to verify the response.
 */
export const makeOcspRequest = (card: CertificateFacts, anchor: TrustAnchor, nonce: Uint8Array): Uint8Array =>
  makeRequest(askedFor(card, anchor), nonce);

export interface OcspExpectation {
  card: CertificateFacts;
  /** The trust anchor under which the card was verified. */
  anchor: TrustAnchor;
  /** The nonce of the request: a response to another request, or a stored one, is refused. */
  nonce: Uint8Array;
  at: Date;
  /** The oldest accepted `thisUpdate`. */
  maxAgeSeconds: number;
}

/**
 * Reads the response to {@link makeOcspRequest} (RFC 6960 §3.2, §4.2): signed by the CA or its delegate, for this certificate
 * and this nonce, and fresh. Otherwise `ok: false`, never "good".
 */
export function readOcspResponse(der: Uint8Array, expected: OcspExpectation): CardStatus {
  const { card, anchor, nonce, at, maxAgeSeconds } = expected;
  const asked = askedFor(card, anchor);
  try {
    const steps = ocspStatus(der, { asked, issuer: anchor.certificate, nonce, at, maxAgeSeconds });
    const { status, reason = 0, thisUpdate, nextUpdate } = runSync(steps, verifyWithNode);
    const times = { thisUpdate, ...(nextUpdate && { nextUpdate }) };
    if (status !== "revoked") return { ok: true, status, ...times };
    const name = crlReasonName(reason);
    return { ok: true, status: name === "certificateHold" ? "onHold" : "revoked", reason: name, ...times };
  } catch (error) {
    const known = error instanceof UnusableOcsp || error instanceof NotDer || error instanceof BadCertificate;
    if (!known) throw error;
    return { ok: false, detail: error.message };
  }
}
