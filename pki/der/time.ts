import { NotDer } from "./not-der.ts";
import { tags } from "./tags.ts";

/** Checks that content of a time type has one of the forms above. @throws NotDer */
export function checkTime(tag: number, content: Uint8Array): void {
  if (tag === tags.utcTime) utcTime(content);
  else preciseTime(content);
}

export function preciseTime(text: Uint8Array): Date {
  if (text.length === 15) return generalizedTime(text);
  // Check the length first: spread into arguments, a long content would exhaust the stack.
  if (text.length > 24 || text.at(-1) !== Z) throw impossible();
  const fraction = String.fromCharCode(...text.subarray(14, -1));
  if (!/^\.\d*[1-9]$/.test(fraction)) throw impossible();
  const milliseconds = Math.floor(Number(`0${fraction}`) * 1_000);
  return new Date(moment(text, 4) + milliseconds);
}

const Z = 0x5a;

export function utcTime(text: Uint8Array): Date {
  if (text.length !== 13 || text[12] !== Z) throw impossible();
  return new Date(moment(text, 2));
}

export function generalizedTime(text: Uint8Array): Date {
  if (text.length !== 15 || text[14] !== Z) throw impossible();
  return new Date(moment(text, 4));
}

/** The milliseconds of `[YY]YYMMDDhhmmss`; a second of 60 is invalid (RFC 5280 has 00 to 59). */
function moment(text: Uint8Array, yearDigits: 2 | 4): number {
  const written = yearDigits === 2 ? twoDigits(text, 0) : twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const year = yearDigits === 2 ? written + (written < 50 ? 2000 : 1900) : written;
  const [month, day] = [twoDigits(text, yearDigits), twoDigits(text, yearDigits + 2)];
  const [hour, minute, second] = [4, 6, 8].map((offset) => twoDigits(text, yearDigits + offset)) as [
    number,
    number,
    number,
  ];
  const exists = year >= 1000 && month >= 1 && month <= 12 && day >= 1 && day <= daysOfMonth(year, month);
  if (!exists || hour > 23 || minute > 59 || second > 59) throw impossible();
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.setUTCHours(hour, minute, second);
}

const days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
/** Days of a month, from 1 for January. */
export const daysOfMonth = (year: number, month: number): number =>
  month === 2 && isLeap(year) ? 29 : (days[month - 1] as number);

function twoDigits(text: Uint8Array, at: number): number {
  const [tens, ones] = [(text[at] as number) - 0x30, (text[at + 1] as number) - 0x30];
  if (!(tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9)) throw impossible();
  return tens * 10 + ones;
}

const impossible = (): NotDer => new NotDer("a time that RFC 5280 does not allow");
