/** A certificate of the card, as J-LIS names it. */
export interface CertificateReference {
  /** Subject key identifier of the issuing JPKI CA, hex. */
  issuerKeyId: string;
  /** Serial number, hex. */
  serial: string;
}

/** The items of the register that a person can consent to (基本4情報). */
export type RegisterItem = "name" | "address" | "dateOfBirth" | "sex";

/** A person's consent, as J-LIS holds it, to a verifier's requests for their latest attributes. Times are ISO 8601 UTC. */
export interface RegisterConsent {
  id: string;
  /** Also `withdrawn` after a newer consent of the person has replaced it. */
  state: "in-force" | "withdrawn" | "expired";
  items: RegisterItem[];
  receivedAt: string;
  /** The ten years start with the day after receipt, in Japan. The consent is in force from receipt. */
  validFrom: string;
  validUntil: string;
}

/**
 * Those of the latest four attributes that the consent covers, as the new sign certificate has them. Substitution flags are a
 * `0` or `1` for each character.
 */
export interface RegisterAttributes {
  name?: string;
  nameSubstitution?: string;
  /** Furigana of the name; no certificate has it. */
  furigana?: string;
  /** 旧氏, with the name, which shows it in brackets. */
  formerName?: string;
  address?: string;
  addressSubstitution?: string;
  /** 国外転出, with the address: the planned date, `YYYY-MM-DD`. */
  movedAbroad?: { plannedDate: string };
  /** `EYYYYMMDD`, zeros where unknown. */
  dateOfBirth?: string;
  sex?: "male" | "female" | "unknown";
}

/** What J-LIS answers to a request for the latest attributes. */
export interface LatestAttributes {
  /** The new sign certificate. */
  certificate: CertificateReference;
  attributes: RegisterAttributes;
}

/** One part of the sign CA's CRL, as J-LIS lists it. */
export interface CrlPart {
  /** The name to fetch it by. */
  part: string;
  /** Subject key identifier of the CA that signs it, hex. */
  issuerKeyId: string;
  /** The directoryName in certificates of this part, as text: `C=JP, O=…`. */
  distributionPoint: string;
  /** cRLNumber, decimal. */
  number: string;
  /** ISO 8601 UTC. */
  thisUpdate: string;
  nextUpdate: string;
}

/**
 * All requests of the engine to J-LIS. An adapter for the real interface implements this.
 *
 * Every method throws {@link JLisUnavailable} without a usable answer, {@link JLisBusy} if the quota is used up, and, where
 * stated, {@link JLisRefusal} if J-LIS refuses.
 */
export interface JLis {
  /** Sends an OCSP request (RFC 6960, DER) and returns the response (DER), unverified. Each call is billed. */
  askStatus(request: Uint8Array): Promise<Uint8Array>;
  /**
   * The certificates that this one succeeds (新旧紐付け), newest first; empty if there are none. Requires the person's consent; the
   * answer may be used to confirm the linkage only (公的個人認証法 §52). Billed.
   */
  predecessors(certificate: CertificateReference): Promise<CertificateReference[]>;
  /**
   * The newest certificate that succeeds this one (新旧紐付け), whatever its status; `undefined` if there is none, or if J-LIS does
   * not know this one. Requires the person's consent, and is for confirmation only, as above. Billed.
   */
  successor(certificate: CertificateReference): Promise<CertificateReference | undefined>;
  /**
   * Registers a person's consent: a CMS SignedData (RFC 5652, DER) made with a good sign certificate. Idempotent: the same CMS
   * again gives the same consent, in its current state. A newer consent of the same person replaces the older. Refusals:
   * SIGNATURE_MISMATCH, CERTIFICATE_*, UNSUPPORTED_CERTIFICATE, REQUEST_FAILED. Free.
   */
  registerConsent(cms: Uint8Array): Promise<RegisterConsent>;
  /** The consent as J-LIS holds it (J-LIS does not report withdrawals by itself); `undefined` if it does not know it. Free. */
  findConsent(id: string): Promise<RegisterConsent | undefined>;
  /**
   * Withdraws a consent by a CMS SignedData of the same person's sign certificate. Idempotent. Refusals as {@link
   * JLis.registerConsent}, and NOT_CONSENTED if there is no such consent of this person. Free.
   */
  withdrawConsent(id: string, cms: Uint8Array): Promise<RegisterConsent>;
  /**
   * The latest of the four attributes, for a certificate that has ended (最新の基本4情報): those of `items` that the consent covers.
   * Billed for each answer; a repeated request with the same answer is free.
   *
   * Refusals: LATEST_CERTIFICATE_NOT_EXISTS and NOT_SYNCED_YET (ask again, in days), CONTENT_NOT_EXISTS (nothing new),
   * NOT_CONSENTED, CONSENT_EXPIRED, CONSENT_REVOKED, UNSUPPORTED_CERTIFICATE, REQUEST_FAILED.
   */
  latestAttributes(request: {
    consentId: string;
    certificate: CertificateReference;
    items: readonly RegisterItem[];
  }): Promise<LatestAttributes>;
  /** The parts of the sign CA's CRL, of every generation. Free. */
  crlParts(): Promise<CrlPart[]>;
  /**
   * One part's CRL (DER), unverified, streamed; limited to the adapter's maximum. The iteration also throws {@link
   * JLisUnavailable} if the transfer breaks off, stalls or is too long. Ending the iteration ends the transfer. Free.
   */
  crl(part: string): Promise<AsyncIterable<Uint8Array>>;
}

/** The reasons for which J-LIS refuses. */
export const jlisErrorCodes = [
  "SIGNATURE_MISMATCH",
  "CERTIFICATE_REVOKED",
  "CERTIFICATE_EXPIRED",
  "CERTIFICATE_ON_HOLD",
  "UNSUPPORTED_CERTIFICATE",
  "OCSP_REQUEST_FAILED",
  "ASSOCIATED_CERTIFICATE_NOT_EXISTS",
  "NOT_SYNCED_YET",
  "NOT_CONSENTED",
  "CONSENT_EXPIRED",
  "CONSENT_REVOKED",
  "LATEST_CERTIFICATE_NOT_EXISTS",
  "CONTENT_NOT_EXISTS",
  "REQUEST_FAILED",
] as const;
export type JLisErrorCode = (typeof jlisErrorCodes)[number];

/** J-LIS did not answer, or not as specified. Worth retrying; the message names no person. */
export class JLisUnavailable extends Error {
  override name = "JLisUnavailable";
}

/** The quota is used up. */
export class JLisBusy extends JLisUnavailable {
  override name = "JLisBusy";
  /** How long J-LIS asks to wait, in ms. */
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super(`J-LIS accepts no more requests for ${retryAfterMs} ms: the quota is used up. Wait that long.`);
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * J-LIS refused: the same request will be refused again until something changes there.
 *
 * Some codes reveal the status of a card's certificate, which must not leave the CA nor be logged (公的個人認証法 §52): the code is
 * not in the message, and is a getter, so that serialising the error's own properties omits it.
 */
export class JLisRefusal extends Error {
  override name = "JLisRefusal";
  readonly #code: JLisErrorCode;

  constructor(code: JLisErrorCode) {
    super("J-LIS refused the request. The error's code says why; do not log it.");
    this.#code = code;
  }

  get code(): JLisErrorCode {
    return this.#code;
  }
}
