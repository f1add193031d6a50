import { CardError } from "./card-error.ts";

// Tested before it is upper-cased: outside ASCII, upper case can turn into letters nobody typed (ß, ı, ſ).
const format = /^[A-Za-z0-9]{6,16}$/;

/**
 * The sign PIN as the card takes it: 6 to 16 of A–Z and 0–9. Lower case is taken as upper case, as everywhere with
 * this card. Throws PIN_FORMAT on anything else, so that a slip of the finger costs no try.
 */
export function signPin(typed: string): string {
  if (!format.test(typed)) throw new CardError("PIN_FORMAT");
  return typed.toUpperCase();
}
