import { type Character, foldedCharacters } from "./characters.ts";
import { inOneWriting } from "./place-writing.ts";
import { sameInPlace } from "./same-character.ts";
import { tableLines } from "./table.ts";

interface Municipality {
  /** Prefecture, county and name in full. */
  full: string;
  /** Empty where there is none: cities, wards of Tokyo, the islands. */
  county: Character[];
  name: Character[];
}

const charactersOf = (text: string): Character[] => inOneWriting(foldedCharacters(text));

const groups = tableLines("municipalities.txt").map((line) => {
  const [prefecture = "", ...places] = line.split(" ");
  const municipalities = places.map((place): Municipality => {
    const [name = "", county = ""] = place.split("/").reverse();
    return { full: prefecture + county + name, county: charactersOf(county), name: charactersOf(name) };
  });
  return { name: charactersOf(prefecture), municipalities };
});
const prefectures = groups.slice(0, -1);
/** 区 of the designated cities: no municipalities, and called like some of Tokyo's. */
const wards = groups.at(-1)!;

/**
 * An address with its municipality written in full, prefecture and 郡 included, as one element. Where what is written fits
 * none, or more than one of this name (府中市, 池田町, 中央区), the address stays as it is.
 */
export function withMunicipalityInFull(characters: readonly Character[]): readonly Character[] {
  const prefecture = prefectures.find(({ name }) => endOf(characters, 0, name));
  const start = (prefecture && endOf(characters, 0, prefecture.name)) ?? 0;
  const fitting = (prefecture ? [prefecture] : [...prefectures, wards])
    .flatMap(({ municipalities }) => municipalities)
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

/** Where a text ends that is written from here on; `undefined` where another is. */
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
