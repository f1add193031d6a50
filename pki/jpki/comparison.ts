import type { AttributeName } from "../../protocol/names.ts";

/** The attributes that are compared, as an anchor has them. */
export interface ComparedAttributes {
  name: string;
  /** `0`/`1` for each character: `1` where it is a substitute. */
  nameSubstitution?: string;
  address: string;
  addressSubstitution?: string;
  /** `EYYYYMMDD`, zeros where unknown. */
  dateOfBirth: string;
  sex: string;
  movedAbroad?: { plannedDate: string } | undefined;
}

/**
 * Which of the four attributes differ, as a clerk would see it. The texts themselves stay as they are; this looks at a
 * form made for comparing only. No change: another way to write the same character, a substitute on either side, spaces
 * and widths, a part of a date that was unknown, a former surname shown beside the name. A change: all else.
 */
export function changedAttributes(before: ComparedAttributes, after: ComparedAttributes): AttributeName[] {
  const same: Record<AttributeName, boolean> = {
    name: sameText(
      legalName(before.name, before.nameSubstitution),
      legalName(after.name, after.nameSubstitution),
    ),
    address:
      sameText(
        charactersOf(before.address, before.addressSubstitution),
        charactersOf(after.address, after.addressSubstitution),
      ) && before.movedAbroad?.plannedDate === after.movedAbroad?.plannedDate,
    dateOfBirth: sameDate(before.dateOfBirth, after.dateOfBirth),
    sex: before.sex === after.sex,
  };
  return (Object.keys(same) as AttributeName[]).filter((attribute) => !same[attribute]);
}

/** One character for comparing, or `undefined` for a substitute, of which nothing is known. */
type Character = string | undefined;

/**
 * Characters that certificates and registers write in two ways without meaning two (M). NFKC knows the compatibility
 * ideographs, and not these.
 */
const variants: Record<string, string> = {
  髙: "高",
  﨑: "崎",
  𠮷: "吉",
  濵: "浜",
  栁: "柳",
  桒: "桑",
  德: "徳",
  瀨: "瀬",
  曻: "昇",
};
const dashes = /[‐‑‒–—―−]/u;

function charactersOf(text: string, flags = ""): Character[] {
  return Array.from(text).flatMap((character, index): Character[] => {
    if (flags[index] === "1") return [undefined];
    const plain = Array.from((variants[character] ?? character).normalize("NFKC"));
    return plain
      .filter((part) => !/\s/u.test(part))
      .map((part) => (dashes.test(part) ? "-" : part.toLowerCase()));
  });
}

/** The name without a former surname in brackets (旧氏), which is shown beside it and is no part of it (M). */
function legalName(name: string, flags = ""): Character[] {
  const kept: [string, string][] = [];
  let inside = false;
  Array.from(name).forEach((character, index) => {
    if (/[［[]/u.test(character)) inside = true;
    if (!inside) kept.push([character, flags[index] ?? "0"]);
    if (/[］\]]/u.test(character)) inside = false;
  });
  return charactersOf(kept.map(([character]) => character).join(""), kept.map(([, flag]) => flag).join(""));
}

/**
 * Whether two rows of characters can be one text: a run of substitutes stands for one or more characters of the other
 * side, whatever their number, for a character may be substituted by several (kana).
 */
function sameText(one: readonly Character[], other: readonly Character[]): boolean {
  const seen = new Set<string>();
  const from = (i: number, j: number): boolean => {
    if (i === one.length || j === other.length) return i === one.length && j === other.length;
    const place = `${i},${j}`;
    if (seen.has(place)) return false;
    seen.add(place);
    const [a, b] = [one[i], other[j]];
    if (a !== undefined && b !== undefined) return a === b && from(i + 1, j + 1);
    // One for one; one substitute for several characters; several substitutes, side by side, for one.
    if (from(i + 1, j + 1)) return true;
    if (
      a === undefined &&
      (from(i, j + 1) || (i + 1 < one.length && one[i + 1] === undefined && from(i + 1, j)))
    )
      return true;
    return (
      b === undefined &&
      (from(i + 1, j) || (j + 1 < other.length && other[j + 1] === undefined && from(i, j + 1)))
    );
  };
  return from(0, 0);
}

/** Era aside, for the date is Gregorian: years, months and days agree where both are known. */
function sameDate(one: string, other: string): boolean {
  const parts = (raw: string) => [raw.slice(1, 5), raw.slice(5, 7), raw.slice(7, 9)].map(Number);
  const others = parts(other);
  return parts(one).every((part, index) => part === 0 || others[index] === 0 || part === others[index]);
}
