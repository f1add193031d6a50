/** Keys a CA may hold: ECDSA on the NIST curves (FIPS 186-5) and RSA with PKCS#1 v1.5 signatures. */
export type KeyAlgorithm = "P-256" | "P-384" | "RSA-2048" | "RSA-3072" | "RSA-4096";

/** Signature algorithms by the names RFC 5912 gives them. Each key has exactly one. */
export type SignatureAlgorithm = "ecdsa-with-SHA256" | "ecdsa-with-SHA384" | "sha256WithRSAEncryption";

/**
 * Where private keys are stored and used for signing; they never leave. The software store is for development, an HSM for
 * everything else: both have this interface.
 */
export interface KeyStore {
  /** The ids of the keys, sorted. */
  list(): Promise<string[]>;
  /** SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), DER. Throws {@link KeyStoreError}. */
  publicKey(id: string): Promise<Uint8Array>;
  /**
   * Signs `data` (not a digest). The signature has the form of the X.509 BIT STRING: DER `Ecdsa-Sig-Value` (RFC 3279 §2.2.3)
   * for ECDSA, the raw integer for RSA. Throws {@link KeyStoreError}.
   */
  sign(id: string, data: Uint8Array): Promise<{ algorithm: SignatureAlgorithm; signature: Uint8Array }>;
}

/** Valid key ids: usable as file names and as token labels. */
export const keyIdPattern = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

/** A store that can generate keys. */
export interface GeneratingKeyStore extends KeyStore {
  /** Generates a key and returns its SubjectPublicKeyInfo (DER). An id is never reused. */
  generate(id: string, algorithm: KeyAlgorithm): Promise<Uint8Array>;
}

export type KeyStoreErrorCode =
  | "KEY_ID_INVALID"
  | "KEY_EXISTS"
  | "KEY_UNKNOWN"
  | "KEY_UNREADABLE"
  /** A token does not answer, or not in time: the operation may have been executed. A retry may succeed. */
  | "KEY_STORE_UNAVAILABLE"
  /** A token refused the PIN: it is not retried, because tokens lock. */
  | "PIN_REFUSED"
  /** The PKCS#11 library or the package for it is missing. */
  | "KEY_STORE_MISSING";

export class KeyStoreError extends Error {
  override name = "KeyStoreError";
  readonly code: KeyStoreErrorCode;

  constructor(code: KeyStoreErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
