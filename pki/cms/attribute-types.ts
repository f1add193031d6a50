/** Types of signature attributes. */
export const attributeTypes = {
  /** RFC 5652 §11.1 to §11.3. */
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
  /** Identifies the certificate with which a signature is to be verified (RFC 2634 §5.4, RFC 5035 §3). */
  signingCertificate: "1.2.840.113549.1.9.16.2.12",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  /** A time-stamp over a signature, as an unsigned attribute (RFC 3161 appendix A). */
  timeStampToken: "1.2.840.113549.1.9.16.2.14",
} as const;
