import { crlStatusSync } from "../crl/status.ts";
import { NotDer } from "../der/cursor.ts";
import type { TrustAnchor } from "../jpki/trust-anchors.ts";
import { readCertificate } from "../x509/certificate.ts";
import { BadCertificate } from "../x509/extension.ts";
import { verifyWithNode } from "../x509/node-signature.ts";
import type { CertificateFacts } from "./card.ts";
import type { CardStatus } from "./status.ts";

/** JPKI's CRLs are split by city; the largest part stays below this. */
const largestCrl = 16 * 1024 * 1024;

export interface CrlExpectation {
  card: CertificateFacts;
  /** The trust anchor under which the card was verified. */
  anchor: TrustAnchor;
  at: Date;
}

/**
 * Looks up a card certificate in a CRL (RFC 5280 §5, §6.3; pki/crl defines when a list is usable). An unusable list gives `ok:
 * false`, never "good".
 */
export function checkCrl(der: Uint8Array, expected: CrlExpectation): CardStatus {
  const found = statusOf(der, expected);
  if (found.status === "unusable") return { ok: false, detail: found.why };
  const { thisUpdate, nextUpdate } = found;
  if (found.status === "good") return { ok: true, status: "good", thisUpdate, nextUpdate };
  const { reason } = found;
  const status = reason === "certificateHold" ? "onHold" : "revoked";
  return { ok: true, status, reason, thisUpdate, nextUpdate };
}

function statusOf(der: Uint8Array, { card, anchor, at }: CrlExpectation): ReturnType<typeof crlStatusSync> {
  try {
    const certificate = readCertificate(card.der);
    return crlStatusSync(
      der,
      { certificate, issuer: anchor.certificate, at, maxBytes: largestCrl },
      verifyWithNode,
    );
  } catch (error) {
    if (error instanceof NotDer || error instanceof BadCertificate)
      return { status: "unusable", why: error.message };
    throw error;
  }
}
