import { daysOfMonth } from "../der/time.ts";

const Z = 0x5a;

/**
 * Whether the 13 octets at `at` are a UTCTime that RFC 5280 allows (§4.1.2.5.1): what readTime (pki/der/time.ts) says of
 * them, by words and without an object, because there are millions of them in a list.
 */
export function isUtcTime(view: DataView, at: number): boolean {
  const date = view.getUint32(at);
  const time = view.getUint32(at + 4);
  const rest = view.getUint32(at + 8);
  if (!areDigits(date) || !areDigits(time) || !areDigits(rest) || view.getUint8(at + 12) !== Z) return false;
  const month = second(date);
  const day = first(time);
  if (month < 1 || month > 12 || day < 1) return false;
  if (day > 28 && day > daysOfMonth(yearOf(first(date)), month)) return false;
  return second(time) <= 23 && first(rest) <= 59 && second(rest) <= 59;
}

const yearOf = (twoDigits: number): number => twoDigits + (twoDigits < 50 ? 2000 : 1900);

/** Four ASCII digits in one word: each octet 0x30 to 0x39. */
const areDigits = (word: number): boolean =>
  (word & 0xf0_f0_f0_f0) === 0x30_30_30_30 && ((word + 0x06_06_06_06) & 0xf0_f0_f0_f0) === 0x30_30_30_30;

/** The number that the first, and the last, two of four digits make. */
const first = (word: number): number => ((word >>> 24) & 15) * 10 + ((word >>> 16) & 15);
const second = (word: number): number => ((word >>> 8) & 15) * 10 + (word & 15);
