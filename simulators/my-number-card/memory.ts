/** Everything a card keeps without power, as plain JSON, so that a reader can store it and bring it back. */
export interface CardMemory {
  /** Label of the token, at most 32 ASCII characters: {@link cardToken} for a My Number Card. */
  token: string;
  sign: KeySlot;
  auth: KeySlot;
  signPin: Pin;
  authPin: Pin;
  /** How often the card was activated: reset to removal is one tap. */
  activations: number;
  /** How many signatures it has computed, with either key. */
  signatures: number;
}

export interface KeySlot {
  /** RSA-2048 private key, PKCS#8 in PEM. */
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

/** Label in EF 0006 that tells a card from a phone-borne certificate. */
export const cardToken = "JPKIAPICCTOKEN2";

/** What a PIN looks like and after how many wrong tries it locks. The card compares bytes: no case folding. */
export const pinRules = {
  sign: { pattern: /^[A-Z0-9]{6,16}$/, minimum: 6, maximum: 16, tries: 5 },
  auth: { pattern: /^[0-9]{4}$/, minimum: 4, maximum: 4, tries: 3 },
} as const;

/** The contents of a card nobody has tapped yet. PINs must fit {@link pinRules}: a TypeError says which does not. */
export function freshMemory(contents: {
  sign: KeySlot;
  auth: KeySlot;
  signPin: string;
  authPin: string;
}): CardMemory {
  const { sign, auth } = contents;
  return {
    token: cardToken,
    sign,
    auth,
    signPin: freshPin("sign", contents.signPin),
    authPin: freshPin("auth", contents.authPin),
    activations: 0,
    signatures: 0,
  };
}

/** A PIN with all its tries. Throws a TypeError when `value` does not fit {@link pinRules}. */
export function freshPin(slot: SlotName, value: string): Pin {
  const { pattern, tries } = pinRules[slot];
  if (!pattern.test(value)) throw new TypeError(`The ${slot} PIN must match ${pattern.source}.`);
  return { value, triesLeft: tries };
}
