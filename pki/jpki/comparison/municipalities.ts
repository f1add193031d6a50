import { type Character, foldedCharacters } from "./characters.ts";
import { inOneWriting } from "./place-writing.ts";
import { placeWritings } from "./repertoire.ts";
import { sameInPlace } from "./same-character.ts";
import { tableLines } from "./table.ts";

interface Municipality {
  /** Prefecture, county and name in full. */
  full: string;
  /** Empty for cities, wards of Tokyo and islands. */
  county: Character[];
  name: Character[];
}

const charactersOf = (text: string): Character[] => inOneWriting(foldedCharacters(text));

/**
 * By prefecture; the last group are the 区 of the designated cities, which are not municipalities but have the same names as
 * some of Tokyo's.
 */
const groups = tableLines("municipalities.txt").map((line) => {
  const [prefecture = "", ...places] = line.split(" ");
  const municipalities = places.map((place): Municipality => {
    const [name = "", county = ""] = place.split("/").toReversed();
    return { full: prefecture + county + name, county: charactersOf(county), name: charactersOf(name) };
  });
  return { name: charactersOf(prefecture), byFirst: byFirstCharacter(municipalities) };
});
const prefectures = groups.slice(0, -1);

function byFirstCharacter(municipalities: readonly Municipality[]): Map<string, Municipality[]> {
  const map = new Map<string, Municipality[]>();
  for (const one of municipalities) {
    for (const first of new Set([one.county[0]?.text, one.name[0]?.text]))
      if (first !== undefined) map.set(first, [...(map.get(first) ?? []), one]);
  }
  return map;
}

/**
 * An address with its municipality in full, including prefecture and 郡, as one element. If it matches none, or several with the
 * same name (府中市, 池田町, 中央区), the address is unchanged.
 */
export function withMunicipalityInFull(characters: readonly Character[]): readonly Character[] {
  const prefecture = prefectures.find(({ name }) => endOf(characters, 0, name));
  const start = (prefecture && endOf(characters, 0, prefecture.name)) ?? 0;
  const first = characters.slice(start).find(({ text }) => text !== " ")?.text ?? "";
  const fitting = (prefecture ? [prefecture] : groups)
    .flatMap(({ byFirst }) => placeWritings(first).flatMap((writing) => byFirst.get(writing) ?? []))
    .flatMap(({ full, county, name }) => {
      const behindCounty = county.length > 0 ? endOf(characters, start, county) : undefined;
      const end = endOf(characters, behindCounty ?? start, name);
      return end === undefined ? [] : [{ full, end }];
    });
  const longest = Math.max(...fitting.map(({ end }) => end));
  const [only, ...others] = fitting.filter(({ end }) => end === longest);
  if (!only || others.length > 0) return characters;
  return [{ text: only.full, substitute: false }, ...characters.slice(only.end)];
}

/** The end of a text that starts here; `undefined` if it does not match. */
function endOf(
  characters: readonly Character[],
  start: number,
  wanted: readonly Character[],
): number | undefined {
  let at = start;
  for (const one of wanted) {
    if (characters[at]?.text === " ") at += 1;
    const written = characters[at];
    if (!written || written.substitute || !sameInPlace(written, one)) return undefined;
    at += 1;
  }
  return at;
}
