/** Everything a card stores without power, as plain JSON, so that a reader can save and restore it. */
export interface CardMemory {
  /** Label of the token, one of {@link tokens}. */
  token: string;
  sign: KeySlot;
  auth: KeySlot;
  signPin: Pin;
  authPin: Pin;
  /** Data of the applications for forms and for the card's face; absent for a certificate on a phone. */
  surface?: CardSurface;
  /** How the next generation of cards may sign: {@link forecasts}. Absent for the current card. */
  forecast?: Forecast;
  /** The number of activations of the card: from reset to removal is one tap. */
  activations: number;
  /** The number of signatures, with either key. */
  signatures: number;
}

export interface KeySlot {
  /** RSA-2048 private key, PKCS#8 in PEM; P-384 with a {@link Forecast}. */
  privateKey: string;
  /** The certificate, DER in base64. */
  certificate: string;
  /** The certificate of the CA that issued it, DER in base64. */
  authority: string;
}

export interface Pin {
  value: string;
  triesLeft: number;
}

export type SlotName = "sign" | "auth";
export type PinName = SlotName | "assist" | "number";

/** The printed data that is used for filling in forms. */
export interface Printed {
  name: string;
  address: string;
  /** `YYYYMMDD`; zeros for unknown parts. */
  dateOfBirth: string;
  /** ISO/IEC 5218: 1 male, 2 female, 9 not applicable, 0 unknown. */
  sex: string;
}

export interface CardSurface {
  printed: Printed;
  /** The PIN of the input-assist application (券面事項入力補助用暗証番号). */
  assistPin: Pin;
  /** 照合番号B: birth `YYMMDD`, year of expiry, the security code on the front. */
  number: Pin;
}

/** Labels in EF 0006, which distinguish a card from a certificate on a phone. */
export const tokens = {
  card: "JPKIAPICCTOKEN2",
  android: "JPKIAPGPSETOKEN",
  iphone: "JPKIAPIOSTOKEN",
} as const;
export type Bearer = keyof typeof tokens;

/**
 * A forecast, because the next card's signatures are not published: ECDSA on P-384 over a SHA-384 digest, r and s concatenated.
 */
export const forecasts = ["p384"] as const;
export type Forecast = (typeof forecasts)[number];

/** The format of a PIN, and the number of wrong tries after which it locks. The card compares bytes: no case folding. */
export const pinRules = {
  sign: { pattern: /^[A-Z0-9]{6,16}$/, minimum: 6, maximum: 16, tries: 5 },
  auth: { pattern: /^[0-9]{4}$/, minimum: 4, maximum: 4, tries: 3 },
  assist: { pattern: /^[0-9]{4}$/, minimum: 4, maximum: 4, tries: 3 },
  number: { pattern: /^[0-9]{14}$/, minimum: 14, maximum: 14, tries: 10 },
} as const;

/** The memory of a new card. PINs must match {@link pinRules}: a TypeError names one that does not. */
export function freshMemory(contents: {
  sign: KeySlot;
  auth: KeySlot;
  signPin: string;
  authPin: string;
  bearer?: Bearer | undefined;
  surface?: CardSurface | undefined;
  forecast?: Forecast | undefined;
}): CardMemory {
  const { sign, auth, bearer = "card", surface, forecast } = contents;
  return {
    token: tokens[bearer],
    ...(surface && bearer === "card" ? { surface } : {}),
    ...(forecast ? { forecast } : {}),
    sign,
    auth,
    signPin: freshPin("sign", contents.signPin),
    authPin: freshPin("auth", contents.authPin),
    activations: 0,
    signatures: 0,
  };
}

/** A PIN with all its tries. Throws a TypeError if `value` does not match {@link pinRules}. */
export function freshPin(slot: PinName, value: string): Pin {
  const { pattern, tries } = pinRules[slot];
  if (!pattern.test(value)) throw new TypeError(`The ${slot} PIN must match ${pattern.source}.`);
  return { value, triesLeft: tries };
}
