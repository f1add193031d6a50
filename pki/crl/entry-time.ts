import { daysOfMonth } from "../der/time.ts";

const Z = 0x5a;

/**
 * Whether the 13 octets at `at` are a UTCTime that RFC 5280 allows (§4.1.2.5.1): equivalent to readTime (pki/der/time.ts), with
 * word operations and without an object, because a list has millions of them.
 */
export function isUtcTime(view: DataView, at: number): boolean {
  const date = view.getInt32(at);
  const time = view.getInt32(at + 4);
  const rest = view.getInt32(at + 8);
  if (!areDigits(date, time, rest) || view.getUint8(at + 12) !== Z) return false;
  const month = second(date);
  const day = first(time);
  if (month < 1 || month > 12 || day < 1 || second(time) > 23 || first(rest) > 59 || second(rest) > 59)
    return false;
  return day <= 28 || day <= daysOfMonth(yearOf(first(date)), month);
}

const yearOf = (twoDigits: number): number => twoDigits + (twoDigits < 50 ? 2000 : 1900);

const high = 0xf0_f0_f0_f0 | 0;
const threes = 0x30_30_30_30;
const sixes = 0x06_06_06_06;

/** Whether these words are twelve ASCII digits: each octet has 3 in its high half, also after adding 6. */
const areDigits = (one: number, two: number, three: number): boolean =>
  (one & two & three & high) === threes &&
  ((one | two | three) & high) === threes &&
  (((one + sixes) | (two + sixes) | (three + sixes)) & high) === threes;

/** The number in the first, and in the last, two of four digits. */
const first = (word: number): number => ((word >> 24) & 15) * 10 + ((word >> 16) & 15);
const second = (word: number): number => ((word >> 8) & 15) * 10 + (word & 15);
