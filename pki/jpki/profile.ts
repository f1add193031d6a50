/**
 * Constants of the JPKI certificate profile (公的個人認証サービス). Each fact is stated once, with its source and certainty, so that it
 * can be corrected in one place:
 * H = read in the public CA certificates or in a primary source; M = a good secondary source; L = from memory.
 */

/** 公的個人認証サービス: the arc under which J-LIS registers policies and attributes (H). */
const jpkiArc = "1.2.392.200149.8.5";

/** Certificate policy of the digital-signature certificate (署名用電子証明書), critical in the certificate (H). */
export const signaturePolicy = `${jpkiArc}.1.1.20`;

/** Certificate policy of the user-authentication certificate (利用者証明用電子証明書) (H). */
export const authenticationPolicy = `${jpkiArc}.1.3.30`;

/** Certificate policy of the digital-signature certificate on test cards (M). */
export const testSignaturePolicy = `${jpkiArc}.1.0.20`;

/** `O` of the production CAs (H). */
export const productionOrganization = "JPKI";

/** `O` of the CAs of test cards (M). */
export const testOrganization = "JPKI-TEST";

/** `OU` that identifies the CA of the user-authentication certificates (H). */
export const authenticationUnit = "JPKI for user authentication";

/** Types of the otherNames in the subjectAltName of the digital-signature certificate; values are UTF8String (H). */
export const attributeTypes = {
  name: `${jpkiArc}.5.1`,
  nameSubstitution: `${jpkiArc}.5.2`,
  sex: `${jpkiArc}.5.3`,
  dateOfBirth: `${jpkiArc}.5.4`,
  address: `${jpkiArc}.5.5`,
  addressSubstitution: `${jpkiArc}.5.6`,
} as const;

/** The maximum length of the address (H). */
export const addressCharacters = 200;

/** No maximum length of the name is published; this one is ours, far above any name (L). */
export const nameCharacters = 200;

/** Curves accepted besides RSA. The next-generation card is announced with P-384 and SHA-384 (M); P-256 is our addition. */
export const acceptedCurves: readonly string[] = ["P-256", "P-384"];

/**
 * Hash in the CertID of an OCSP request. Every RFC 6960 responder supports SHA-1; it identifies the issuer and is not a
 * security function. Which one the J-LIS responder expects is under NDA (L).
 */
export const ocspCertIdHash = "sha1";
