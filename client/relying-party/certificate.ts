import { PathInvalid, validatePath } from "./certificate-path.ts";
import { askPathStatus, type StatusMethod } from "./certificate-status.ts";
import { NoStatus, type StatusFetch } from "./status-request.ts";

export type { StatusMethod } from "./certificate-status.ts";
export type { StatusFetch, StatusRequest } from "./status-request.ts";

/** What is known of a certificate at a moment. */
export type CertificateVerdict =
  | { status: "good" }
  /**
   * When the revocation took effect at the CA, to the second: that of the certificate, or of a CA above it. What was
   * signed before stays signed.
   */
  | { status: "revoked"; since: Date }
  /** No path leads to a root, it was not valid at the time asked for, or what was given is no certificate. */
  | { status: "untrusted"; why: string }
  /** The CA did not answer, or not with something that can be relied on: not good, and worth asking again. */
  | { status: "unknown"; why: string };

/** How the status of certificates is asked. */
export interface StatusOptions {
  /**
   * By which of the two that the certificate names its status is asked. `crl`, the default: the CA does not learn which
   * certificate is checked, and a list may be kept until its nextUpdate, by which time it can be that old. `ocsp`: the
   * status of now, for this certificate alone. A revocation is in both within a minute of taking effect. The CAs above
   * the certificate are asked by their CRLs either way.
   */
  status?: StatusMethod;
  /**
   * Asks the addresses that the certificates name: `fetch` by default. Give one that reaches the CA alone, or one that
   * answers with lists you keep.
   */
  fetch?: StatusFetch;
}

/** What {@link verifyCertificate} trusts, and for which moment. */
export interface CertificateExpectation extends StatusOptions {
  /** Roots of the CA, DER. */
  roots: readonly Uint8Array[];
  /** Its issuing CAs, DER. */
  intermediates: readonly Uint8Array[];
  /** The moment for which it is asked; now by default. */
  at?: Date;
}

/**
 * Verifies a certificate of the CA: its path (RFC 5280 §6.1) and its status, by the CRL (§6.3) or the OCSP responder
 * (RFC 6960) that it names; that of the CAs between it and the root by their CRLs. A status must be signed by the issuer
 * that the path was validated with (or by its OCSP delegate), be about this certificate, and be current at the time asked
 * for; the CA's clock may run ahead by 120 seconds. It is asked each time: keep a CRL for as long as its Cache-Control
 * says where you ask often. What the certificate is for (keyUsage) is the caller's to judge.
 * @param certificate DER
 * @throws TypeError where roots, intermediates, `at` or `status` are not what they should be
 */
export async function verifyCertificate(
  certificate: Uint8Array,
  { roots, intermediates, at = new Date(), status = "crl", fetch }: CertificateExpectation,
): Promise<CertificateVerdict> {
  try {
    const path = await validatePath(certificate, { roots, intermediates, at });
    return await askPathStatus(path, { method: status, at, fetch });
  } catch (error) {
    if (error instanceof PathInvalid) return { status: "untrusted", why: error.message };
    if (error instanceof NoStatus) return { status: "unknown", why: error.message };
    throw error;
  }
}
