import { CardError } from "./card-error.ts";

// Checked before the conversion to upper case: outside ASCII it can produce letters that were not typed (ß, ı, ſ).
const format = /^[A-Za-z0-9]{6,16}$/;

/**
 * The sign PIN in the card's form: 6 to 16 of A–Z and 0–9. Lower case is converted to upper case, as usual with this card.
 * Throws PIN_FORMAT for anything else, so that a typing error uses no try.
 */
export function signPin(typed: string): string {
  if (!format.test(typed)) throw new CardError("PIN_FORMAT");
  return typed.toUpperCase();
}
