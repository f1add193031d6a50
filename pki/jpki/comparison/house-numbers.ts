import type { Character } from "./characters.ts";
import { arabicOf, kanjiDigit, kanjiNumeral } from "./numerals.ts";
import { shapeOf } from "./place-writing.ts";

/** A number in an address, and the unit after it. */
export interface HouseNumber {
  number: string;
  /** Whether another number follows directly. */
  isFollowed: boolean;
  /**
   * 丁目, 番地, 番 or 号; `-` for any of them; nothing if the last number has no unit. A space at its end separates the number from the
   * next one.
   */
  unit: string;
}
export type AddressPart = Character | HouseNumber;

export const isNumber = (part: AddressPart): part is HouseNumber => "number" in part;

const arabic = /[0-9]+/y;
const unit = /丁目|番地|番|号/y;
const dashOrNo = /[のノ-]/y;
/** What can follow a number in kanji. */
const afterKanji = /丁目|番地|番|号|[条條]|-(?=[0-9〇一二三四五六七八九十百千万])/y;
const closing = {
  番地: /番地/y,
  番: /番$/y,
  号: /号(?!\s*[室館棟線車口組区地町丁庁舎])/uy,
};

/**
 * An address with its numbers recognised: arabic digits anywhere, kanji before 丁目, 番地, 番, 号, 条 and a dash, or last in a row of
 * numbers. One unit between two numbers, in whatever form, belongs to the first of them, and so does a 番地, 番 or 号 at the end of
 * the row. Spaces except between two numbers are not significant.
 */
export function addressParts(characters: readonly Character[]): AddressPart[] {
  const shape = shapeOf(characters);
  const parts: AddressPart[] = [];
  let isAfterStep = false;
  for (let index = 0; index < characters.length; ) {
    const found = numberAt(shape, index, isAfterStep);
    if (!found) {
      if (shape[index] !== " ") parts.push(...characters.slice(index, index + 1));
      isAfterStep = false;
      index += 1;
      continue;
    }
    const { step, end, isFollowed } = stepAt(shape, found.end);
    parts.push({ number: found.number, isFollowed, unit: step });
    isAfterStep = isFollowed;
    index = end;
  }
  return parts;
}

/** Whether two numbers with their units can be equal. 番 and 番地 are two systems: which one is never guessed. */
export function sameNumber(one: HouseNumber, other: HouseNumber): boolean {
  if (one.number !== other.number || one.isFollowed !== other.isFollowed) return false;
  if (one.unit === other.unit) return true;
  const [isParted, isOtherParted] = [one.unit.endsWith(" "), other.unit.endsWith(" ")];
  const open = isParted ? " " : one.isFollowed ? "-" : "";
  return isParted === isOtherParted && [one.unit, other.unit].includes(open);
}

function numberAt(
  shape: string,
  index: number,
  isAfterStep: boolean,
): { number: string; end: number } | undefined {
  const digits = matchAt(arabic, shape, index);
  if (digits !== undefined) return { number: digits, end: index + digits.length };
  const kanji = matchAt(kanjiNumeral, shape, index);
  // A number begins at its first digit.
  const previous = shape[index - 1] ?? "";
  if (kanji === undefined || /[0-9]/.test(previous) || kanjiDigit.test(previous)) return undefined;
  const end = index + kanji.length;
  const isNumber =
    matchAt(afterKanji, shape, end) !== undefined ||
    (isAfterStep && (end === shape.length || shape[end] === " "));
  const number = isNumber ? arabicOf(kanji) : undefined;
  return number === undefined ? undefined : { number, end };
}

/** What follows a number: the unit before the next one, or the unit at the end of the row. */
function stepAt(shape: string, index: number): { step: string; end: number; isFollowed: boolean } {
  const start = skipSpaces(shape, index);
  const named = matchAt(unit, shape, start) ?? "";
  const joined = start + named.length;
  const joint = skipSpaces(shape, joined);
  const dash = matchAt(dashOrNo, shape, joint) ?? "";
  const end = skipSpaces(shape, joint + dash.length);
  const next = end > index ? numberAt(shape, end, true) : undefined;
  if (next) {
    const isParted = dash === "" && (named === "" || (joint > joined && endsLot(named, shape, next.end)));
    return { step: isParted ? `${named} ` : named || "-", end, isFollowed: true };
  }
  const pattern = named === "番地" || named === "番" || named === "号" ? closing[named] : undefined;
  const ends = pattern && matchAt(pattern, shape, start) !== undefined;
  return { step: ends ? named : "", end: ends ? joined : index, isFollowed: false };
}

/** Whether a lot number can end with this unit, so that the next number after a space is a room: false for 番 followed by 号. */
const endsLot = (named: string, shape: string, nextEnd: number): boolean =>
  named === "番地" ||
  (named === "番" && matchAt(closing.号, shape, skipSpaces(shape, nextEnd)) === undefined);

const skipSpaces = (shape: string, index: number): number => {
  let at = index;
  while (shape[at] === " ") at += 1;
  return at;
};

function matchAt(pattern: RegExp, text: string, index: number): string | undefined {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0];
}
