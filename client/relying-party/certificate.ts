import { PathInvalid, validatePath } from "./certificate-path.ts";
import { askPathStatus, type StatusMethod } from "./certificate-status.ts";
import { NoStatus, type StatusFetch } from "./status-request.ts";

export type { StatusMethod } from "./certificate-status.ts";
export type { StatusFetch, StatusRequest } from "./status-request.ts";

/** The verdict on a certificate at a given time. */
export type CertificateVerdict =
  | { status: "good" }
  /**
   * When the revocation took effect at the CA, to the second: that of the certificate, or of a CA above it. Earlier signatures
   * remain valid.
   */
  | { status: "revoked"; since: Date }
  /** No path to a root, not valid at the given time, or not a certificate. */
  | { status: "untrusted"; why: string }
  /** The CA gave no usable answer: not good, and worth retrying. */
  | { status: "unknown"; why: string };

/** How status is fetched. */
export interface StatusOptions {
  /**
   * Which of the certificate's two sources of status is used. `crl`, the default: the CA does not learn which certificate is
   * checked, and a list may be kept until its nextUpdate, so it may be that old. `ocsp`: the current status of this certificate
   * alone. Both show a revocation within a minute of taking effect. The CAs above the certificate are always checked by their
   * CRLs.
   */
  status?: StatusMethod;
  /**
   * Fetches the URLs in the certificates: `fetch` by default. Pass one that reaches only the CA, or one that answers with lists
   * you keep.
   */
  fetch?: StatusFetch;
}

/** What {@link verifyCertificate} trusts, and the time of verification. */
export interface CertificateExpectation extends StatusOptions {
  /** Roots of the CA, DER. */
  roots: readonly Uint8Array[];
  /** Its issuing CAs, DER. */
  intermediates: readonly Uint8Array[];
  /** The time of verification; default: now. */
  at?: Date;
}

/**
 * Verifies a certificate of the CA: its path (RFC 5280 §6.1) and its status, by its CRL (§6.3) or its OCSP responder (RFC
 * 6960); the CAs between it and the root by their CRLs. A status must be signed by the issuer in the validated path (or by its
 * OCSP delegate), be about this certificate, and be current at the given time; the CA's clock may be ahead by 120 seconds. It
 * is fetched each time: if you check often, keep a CRL for as long as its Cache-Control allows. The caller checks the
 * certificate's usage (keyUsage).
 * @param certificate DER
 * @throws TypeError if roots, intermediates, `at` or `status` are invalid
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
