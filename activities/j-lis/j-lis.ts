/** A certificate of the card, as J-LIS names it. */
export interface CertificateReference {
  /** Subject key identifier of the issuing JPKI CA, hex. */
  issuerKeyId: string;
  /** Serial number, hex. */
  serial: string;
}

/** What of the register a person can consent to (基本4情報). */
export type RegisterItem = "name" | "address" | "dateOfBirth" | "sex";

/** A person's consent that a verifier asks for their latest attributes, as J-LIS holds it. Times are ISO 8601 UTC. */
export interface RegisterConsent {
  id: string;
  /** `withdrawn` too when a newer consent of the person has taken its place. */
  state: "in-force" | "withdrawn" | "expired";
  items: RegisterItem[];
  receivedAt: string;
  /** The ten years are counted from the first moment of the day after receipt, in Japan. The consent holds from receipt. */
  validFrom: string;
  validUntil: string;
}

/**
 * The consented of the latest four attributes, as the new sign certificate writes them. Substitution flags are a `0`
 * or `1` for each character.
 */
export interface RegisterAttributes {
  name?: string;
  nameSubstitution?: string;
  /** With the name; no certificate has it. */
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
  /** Name to fetch it by. */
  part: string;
  /** Subject key identifier of the CA that signs it, hex. */
  issuerKeyId: string;
  /** The directoryName certificates of this part carry, as text: `C=JP, O=…`. */
  distributionPoint: string;
  /** cRLNumber, decimal. */
  number: string;
  /** ISO 8601 UTC. */
  thisUpdate: string;
  nextUpdate: string;
}

/**
 * Everything the engine asks of J-LIS. The real interface is one more implementation of this.
 *
 * Every method throws {@link JLisUnavailable} when there is no usable answer, {@link JLisBusy} when the quota is used
 * up, and, where it says so, {@link JLisRefusal} when J-LIS says no.
 */
export interface JLis {
  /** Sends an OCSP request (RFC 6960, DER) and returns the response (DER), unverified. Each call is billed. */
  askStatus(request: Uint8Array): Promise<Uint8Array>;
  /**
   * The certificates that this one follows (新旧紐付け), newest first; empty when there are none.
   * Needs the person's consent; the answer may be used to confirm the linkage only (公的個人認証法 §52). Billed.
   */
  predecessors(certificate: CertificateReference): Promise<CertificateReference[]>;
  /**
   * The newest certificate that follows this one (新旧紐付け), whatever became of it; `undefined` when there is none,
   * or J-LIS does not know this one. Needs the person's consent, and is for confirming only, as above. Billed.
   */
  successor(certificate: CertificateReference): Promise<CertificateReference | undefined>;
  /**
   * Hands in a person's consent: a CMS SignedData (RFC 5652, DER) made with a good sign certificate. Idempotent: the
   * same CMS again gives the same consent, in whatever state it is by then. A newer one of the same person takes the
   * place of the older. Refusals: SIGNATURE_MISMATCH, CERTIFICATE_*, UNSUPPORTED_CERTIFICATE, REQUEST_FAILED. Free.
   */
  registerConsent(cms: Uint8Array): Promise<RegisterConsent>;
  /** The consent as J-LIS holds it, which reports no withdrawal by itself; `undefined` when it knows none. Free. */
  findConsent(id: string): Promise<RegisterConsent | undefined>;
  /**
   * Withdraws a consent by a CMS SignedData of the same person's sign certificate. Idempotent. Refusals as
   * {@link JLis.registerConsent}, and NOT_CONSENTED when there is no such consent of this person. Free.
   */
  withdrawConsent(id: string, cms: Uint8Array): Promise<RegisterConsent>;
  /**
   * The latest of the four attributes, for a certificate that has ended (最新の基本4情報): of `items`, those the consent
   * covers. Billed for each answer; the same question again, with the same answer, is free.
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
   * One part's CRL (DER), unverified, as it arrives; at most as long as the adapter allows. The iteration throws
   * {@link JLisUnavailable} too, when the list breaks off, stalls or is too long. Ending the iteration ends the
   * transfer. Free.
   */
  crl(part: string): Promise<AsyncIterable<Uint8Array>>;
}

/** Every reason J-LIS refuses for. */
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

/** J-LIS did not answer, or not as agreed. Worth trying again; the message names no person. */
export class JLisUnavailable extends Error {
  override name = "JLisUnavailable";
}

/** The quota is used up. */
export class JLisBusy extends JLisUnavailable {
  override name = "JLisBusy";
  /** How long J-LIS asks to be left alone, in ms. */
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super(`J-LIS takes no more requests for ${retryAfterMs} ms: the quota is used up. Wait that long.`);
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * J-LIS answered, and the answer is no: the same request will be refused again until something changes there.
 *
 * Some codes reveal the status of a card's certificate, which must not leave the CA nor be logged (公的個人認証法 §52):
 * the code is in no message, and a getter, so that whoever writes down an error's own properties does not write it.
 */
export class JLisRefusal extends Error {
  override name = "JLisRefusal";
  readonly #code: JLisErrorCode;

  constructor(code: JLisErrorCode) {
    super("J-LIS refused the request. Read the error's code for why, and log it nowhere.");
    this.#code = code;
  }

  get code(): JLisErrorCode {
    return this.#code;
  }
}
