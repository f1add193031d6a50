import type { Character } from "./characters.ts";
import { arabicOf, kanjiNumeral } from "./numerals.ts";
import { shapeOf } from "./place-writing.ts";

/** A number of an address, and what leads from it to the next one or ends it. */
export interface HouseNumber {
  number: string;
  /** Whether another number follows at once. */
  isFollowed: boolean;
  /** 丁目, 番地, 番 or 号; `-` where it is any of them; a space; nothing where the last number stands alone. */
  unit: string;
}
export type AddressPart = Character | HouseNumber;

export const isNumber = (part: AddressPart): part is HouseNumber => "number" in part;

const arabic = /[0-9]+/y;
const unit = /丁目|番地|番|号/y;
const joint = /[のノ-]/y;
/** What a number in kanji stands before. */
const afterKanji = /丁目|番地|番|号|[条條]|-(?=[0-9〇一二三四五六七八九十百千万])/y;
const closing = {
  番地: /番地/y,
  番: /番(?=$|\s*[\p{Script=Katakana}a-z(])/uy,
  号: /号(?!\s*[室館棟線車口組区地町丁庁舎])/uy,
};

/**
 * An address with its numbers found: arabic digits anywhere, kanji before 丁目, 番地, 番, 号, 条 and a dash, or last of a
 * row of numbers. One step between two numbers, however it is written, belongs to the first of them, and so does a 番地,
 * 番 or 号 that ends the row.
 * @param characters without idle spaces
 */
export function addressParts(characters: readonly Character[]): AddressPart[] {
  const shape = shapeOf(characters);
  const parts: AddressPart[] = [];
  let isAfterStep = false;
  for (let index = 0; index < characters.length; ) {
    const found = numberAt(shape, index, isAfterStep);
    if (!found) {
      parts.push(characters[index]!);
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

/** Whether two numbers with what follows them can be one. 番 and 番地 are two systems: which one is never guessed. */
export function sameNumber(one: HouseNumber, other: HouseNumber): boolean {
  if (one.number !== other.number || one.isFollowed !== other.isFollowed) return false;
  if (one.unit === other.unit) return true;
  const open = one.isFollowed ? "-" : "";
  return one.unit !== " " && other.unit !== " " && [one.unit, other.unit].includes(open);
}

function numberAt(
  shape: string,
  index: number,
  isAfterStep: boolean,
): { number: string; end: number } | undefined {
  const digits = matchAt(arabic, shape, index);
  if (digits !== undefined) return { number: digits, end: index + digits.length };
  const kanji = matchAt(kanjiNumeral, shape, index);
  if (kanji === undefined || /[0-9]/.test(shape[index - 1] ?? "")) return undefined;
  const end = index + kanji.length;
  const isNumber =
    matchAt(afterKanji, shape, end) !== undefined ||
    (isAfterStep && (end === shape.length || shape[end] === " "));
  const number = isNumber ? arabicOf(kanji) : undefined;
  return number === undefined ? undefined : { number, end };
}

/** What follows a number: a step to the next one, or the unit that ends the row. */
function stepAt(shape: string, index: number): { step: string; end: number; isFollowed: boolean } {
  const named = matchAt(unit, shape, index) ?? "";
  const joined = index + named.length;
  const end = joined + (matchAt(joint, shape, joined)?.length ?? 0);
  if (end > index && numberAt(shape, end, true)) return { step: named || "-", end, isFollowed: true };
  if (shape[joined] === " " && numberAt(shape, joined + 1, true))
    return { step: named || " ", end: joined + 1, isFollowed: true };
  const pattern = named === "番地" || named === "番" || named === "号" ? closing[named] : undefined;
  const ends = pattern && matchAt(pattern, shape, index) !== undefined;
  return { step: ends ? named : "", end: ends ? joined : index, isFollowed: false };
}

function matchAt(pattern: RegExp, text: string, index: number): string | undefined {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0];
}

const numeral = /[0-9〇一二三四五六七八九十百千万]/;

/** Spaces stay where they part two numbers, and one is enough; elsewhere in an address they mean nothing. */
export function withoutIdleSpaces(characters: readonly Character[]): Character[] {
  const texts = characters.filter(({ text }) => text !== " ");
  const kept: Character[] = [];
  let at = 0;
  let isParted = false;
  for (const one of characters) {
    if (one.text === " ") {
      isParted = true;
      continue;
    }
    const [previous, next] = [texts[at - 1], one];
    if (isParted && previous && numeral.test(previous.text) && numeral.test(next.text))
      kept.push({ text: " ", substitute: false });
    kept.push(one);
    isParted = false;
    at += 1;
  }
  return kept;
}
