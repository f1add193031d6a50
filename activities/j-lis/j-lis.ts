/** A certificate of the card, as J-LIS names it. */
export interface CertificateReference {
  /** Subject key identifier of the issuing JPKI CA, hex. */
  issuerKeyId: string;
  /** Serial number, hex. */
  serial: string;
}

/** Everything the engine asks of J-LIS. The real interface is one more implementation of this. */
export interface JLis {
  /** Sends an OCSP request (RFC 6960, DER) and returns the response (DER), unverified. Each call is billed. */
  askStatus(request: Uint8Array): Promise<Uint8Array>;
  /**
   * The certificates that this one follows (新旧紐付け), newest first; empty when there are none.
   * Needs the person's consent; the answer may be used to confirm the linkage only (公的個人認証法 §52).
   */
  predecessors(certificate: CertificateReference): Promise<CertificateReference[]>;
}

/** J-LIS did not answer, or not as agreed. Worth trying again; the message names no person. */
export class JLisUnavailable extends Error {
  override name = "JLisUnavailable";
}
