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

const prefectures = tableLines("municipalities.txt").map((line) => {
  const [prefecture = "", ...places] = line.split(" ");
  const municipalities = places.map((place): Municipality => {
    const [name = "", county = ""] = place.split("/").reverse();
    return { full: prefecture + county + name, county: charactersOf(county), name: charactersOf(name) };
  });
  return { name: charactersOf(prefecture), municipalities };
});

/**
 * An address with its municipality written in full, prefecture and 郡 included, as one element. Where what is written fits
 * none, or more than one of this name (府中市, 池田町), the address stays as it is.
 */
export function withMunicipalityInFull(characters: readonly Character[]): readonly Character[] {
  const prefecture = prefectures.find(({ name }) => begins(characters, 0, name));
  const start = prefecture?.name.length ?? 0;
  const fitting = (prefecture ? [prefecture] : prefectures)
    .flatMap(({ municipalities }) => municipalities)
    .flatMap(({ full, county, name }) => {
      const isInCounty = county.length > 0 && begins(characters, start, county);
      const at = isInCounty ? start + county.length : start;
      return begins(characters, at, name) ? [{ full, end: at + name.length }] : [];
    });
  const longest = Math.max(...fitting.map(({ end }) => end));
  const [only, ...others] = fitting.filter(({ end }) => end === longest);
  if (!only || others.length > 0) return characters;
  return [{ text: only.full, substitute: false }, ...characters.slice(only.end)];
}

const begins = (characters: readonly Character[], at: number, wanted: readonly Character[]): boolean =>
  wanted.every((one, index) => {
    const written = characters[at + index];
    return written !== undefined && !written.substitute && sameInPlace(written, one);
  });
