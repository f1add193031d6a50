import { CardError } from "./card-error.ts";
import { signPin } from "./pin.ts";
import { openSignCard, type Transmit } from "./sign-card.ts";

/** With this many tries left the person is asked before one is used: a locked card requires a visit to the town hall. */
const fewTries = 2;

/** A present card, and what the person typed. */
export interface TapOptions {
  transmit: Transmit;
  /** The sign PIN (6 to 16 letters and digits); lower case is converted to upper case, as usual with this card. */
  pin: string;
  /** Asks the person if two tries or fewer are left; if absent, or on false, no try is used. */
  onFewTries?: (triesLeft: number) => Promise<boolean>;
}

/** The card within one tap, after PIN verification. */
export interface TappedCard {
  /** The sign certificate, DER. */
  certificate: Uint8Array<ArrayBuffer>;
  /** PKCS#1 v1.5 over a SHA-256 digest, 32 bytes. Throws CardError. */
  sign(digest: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Opens the card, asks if few tries are left, verifies the PIN once, and reads the sign certificate. An impossible PIN is
 * refused before anything is sent. Throws {@link CardError}.
 *
 * @example
 * const card = await tap({ transmit: (apdu) => nfc.transceive(apdu), pin, onFewTries: askThePerson });
 * const signature = await card.sign(sha256OfWhatIsSigned);
 */
export async function tap({ transmit, pin: typed, onFewTries }: TapOptions): Promise<TappedCard> {
  const pin = signPin(typed);
  const card = await openSignCard(transmit);
  const triesLeft = await card.triesLeft();
  if (triesLeft === 0) throw new CardError("PIN_LOCKED", { triesLeft });
  if (triesLeft <= fewTries && !(await onFewTries?.(triesLeft)))
    throw new CardError("PIN_LAST_TRIES", { triesLeft });
  await card.verifyPin(pin);
  return { certificate: await card.readCertificate(), sign: (digest) => card.sign(digest) };
}
