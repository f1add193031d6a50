import type { AttributeName } from "../../protocol/names.ts";
import { foldedCharacters } from "./comparison/characters.ts";
import { mayStandFor, type Stands, standsFor } from "./comparison/same-character.ts";
import {
  type ComparedAttributes,
  changedAttributes,
  changedOrSubstituted,
  notSurelyTheSame,
} from "./comparison.ts";
import { fillSubstitutes } from "./substitutes.ts";

/** The four attributes in one writing of a person's attribute record. */
export interface Writing extends ComparedAttributes {
  /** フリガナ of the name, if J-LIS supplied it. */
  furigana?: string | undefined;
}

/** Later additions to a writing: furigana, and characters in place of substitutes. */
export type Additions = Partial<
  Pick<Writing, "name" | "nameSubstitution" | "furigana" | "address" | "addressSubstitution">
>;

/**
 * The attributes of which a party with `before` is notified only after the person's confirmation: what a clerk would call
 * changed, a birth date that gains parts, other furigana than the party has, and a kanji in place of a mark (■, ＊, 〓), because
 * it need not be the right one.
 */
export function toBePressed(before: Writing, after: Writing): AttributeName[] {
  const differing = notSurelyTheSame(before, after);
  const isNews = (attribute: AttributeName): boolean =>
    differing.includes(attribute) ||
    (attribute === "dateOfBirth" && gainsParts(before.dateOfBirth, after.dateOfBirth)) ||
    (attribute === "name" && isOtherReading(before.furigana, after.furigana));
  return inOrder.filter(isNews);
}

const inOrder: readonly AttributeName[] = ["name", "address", "dateOfBirth", "sex"];

/** What a writing gains from a later equivalent one; empty if nothing. */
export function additionsTo(
  before: Writing,
  after: Writing,
  attributes: readonly AttributeName[],
): Additions {
  const added: Additions = {};
  if (attributes.includes("name")) {
    const name = fill("name", before, after);
    if (name) Object.assign(added, { name: name.text, nameSubstitution: name.flags });
    if (before.furigana === undefined && after.furigana !== undefined) added.furigana = after.furigana;
  }
  if (attributes.includes("address")) {
    const address = fill("address", before, after);
    if (address) Object.assign(added, { address: address.text, addressSubstitution: address.flags });
  }
  return added;
}

/**
 * Whether a later equivalent writing of an attribute says less than the earlier one: a substitute in place of a known
 * character, or an unknown part of a date that was known, without any gain.
 */
export function saysLess(attribute: AttributeName, before: Writing, after: Writing): boolean {
  if (attribute === "dateOfBirth")
    return (
      gainsParts(after.dateOfBirth, before.dateOfBirth) && !gainsParts(before.dateOfBirth, after.dateOfBirth)
    );
  if (attribute === "sex") return false;
  const [less, more] = [
    fill(attribute, after, before, mayStandFor),
    fill(attribute, before, after, mayStandFor),
  ];
  if (less !== undefined || more !== undefined) return more === undefined;
  // The texts cannot be aligned: different house numbers, or a former surname on one side.
  const hides = (one: Writing, other: Writing) => changedOrSubstituted(one, other).includes(attribute);
  return hides(after, before) && !hides(before, after);
}

/**
 * Splits the writings of an attribute, oldest first, into runs of mutually equivalent ones. Returns each writing's run number.
 * Equivalence is not transitive (two characters, one substitute for both): a writing belongs to the current run only if it is
 * equivalent to every writing in it.
 */
export function runsOf(attribute: AttributeName, writings: readonly Writing[]): number[] {
  let run: Writing[] = [];
  let number = -1;
  return writings.map((writing) => {
    if (run.length === 0 || differsFromAny(attribute, run, writing)) {
      run = [];
      number += 1;
    }
    if (!run.some((other) => isAlike(attribute, other, writing))) run.push(writing);
    return number;
  });
}

/** Whether a writing of an attribute differs from any of these. */
export const differsFromAny = (
  attribute: AttributeName,
  writings: readonly Writing[],
  next: Writing,
): boolean =>
  writings.some(
    (writing) => !isAlike(attribute, writing, next) && changedAttributes(writing, next).includes(attribute),
  );

/** The compared members of an attribute. */
const compared: Record<AttributeName, (writing: Writing) => unknown[]> = {
  name: ({ name, nameSubstitution }) => [name, nameSubstitution],
  address: ({ address, addressSubstitution, movedAbroad }) => [
    address,
    addressSubstitution,
    movedAbroad?.plannedDate,
  ],
  dateOfBirth: ({ dateOfBirth }) => [dateOfBirth],
  sex: ({ sex }) => [sex],
};

const isAlike = (attribute: AttributeName, one: Writing, other: Writing): boolean =>
  compared[attribute](one).join("\n") === compared[attribute](other).join("\n");

const folded = (text: string): string =>
  foldedCharacters(text)
    .map((character) => character.text)
    .join("");

function fill(attribute: "name" | "address", before: Writing, after: Writing, stands: Stands = standsFor) {
  const same = (one: string, other: string): boolean =>
    one === other ||
    !changedAttributes({ ...blank, [attribute]: one }, { ...blank, [attribute]: other }).includes(attribute);
  const flagged = (writing: Writing) => ({
    text: writing[attribute],
    flags: writing[`${attribute}Substitution`] ?? "",
  });
  return fillSubstitutes(flagged(before), flagged(after), {
    same,
    standsFor: (substitute, character) => stands(folded(substitute), folded(character)),
  });
}

const blank: Writing = { name: "", address: "", dateOfBirth: "000000000", sex: "unknown" };

/** `EYYYYMMDD`: whether an unknown year, month or day is now known. */
function gainsParts(before: string, after: string): boolean {
  const parts = (raw: string) => [raw.slice(1, 5), raw.slice(5, 7), raw.slice(7, 9)].map(Number);
  const known = parts(after);
  return parts(before).some((part, index) => part === 0 && known[index] !== 0);
}

/** Both known, and not two writings of one reading: hiragana or katakana, widths, spaces. */
function isOtherReading(before: string | undefined, after: string | undefined): boolean {
  return before !== undefined && after !== undefined && readingOf(before) !== readingOf(after);
}

const hiragana = /[\u3041-\u3096]/gu;
const toKatakana = 0x60;
const readingOf = (furigana: string): string =>
  furigana
    .normalize("NFKC")
    .replace(/\s/gu, "")
    .replace(hiragana, (kana) => String.fromCharCode(kana.charCodeAt(0) + toKatakana));
