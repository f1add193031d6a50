import { aligns, type Comparison } from "./alignment.ts";
import { type Character, foldedCharacters, withSingleSpaces } from "./characters.ts";
import { type AddressPart, addressParts, isNumber, sameNumber } from "./house-numbers.ts";
import { withMunicipalityInFull } from "./municipalities.ts";
import type { Writing } from "./names.ts";
import { inOneWriting } from "./place-writing.ts";
import { isReading, isUnwritten, type Stands, sameInPlace } from "./same-character.ts";

/**
 * Whether two writings are of one address: its places, and its numbers with the steps between them.
 * @param oneStands how a substitute of the first writing is compared
 */
export function sameAddress(one: Writing, other: Writing, oneStands?: Stands): boolean {
  const [a, b] = [charactersOf(one), charactersOf(other)];
  const judgement = judgementBy(oneStands);
  return (
    aligns(addressParts(a), addressParts(b), judgement) ||
    aligns(addressParts(withMunicipalityInFull(a)), addressParts(withMunicipalityInFull(b)), judgement)
  );
}

const charactersOf = ({ text, flags }: Writing): Character[] =>
  inOneWriting(withoutIdleSpaces(withSingleSpaces(foldedCharacters(text, flags))));

const judgementBy = (oneStands?: Stands): Comparison<AddressPart> => ({
  same: (one, other) => {
    if (isNumber(one) || isNumber(other)) return isNumber(one) && isNumber(other) && sameNumber(one, other);
    return sameInPlace(one, other, oneStands);
  },
  isReading: (part) => !isNumber(part) && isReading(part),
  isUnwritten: (part) => !isNumber(part) && isUnwritten(part),
});

const numeral = /[0-9〇一二三四五六七八九十百千万]/;

/** Spaces in an address are significant only next to a number. */
function withoutIdleSpaces(characters: readonly Character[]): Character[] {
  const isNumeral = (one: Character | undefined) => one !== undefined && numeral.test(one.text);
  return characters.filter(
    (one, index) => one.text !== " " || isNumeral(characters[index - 1]) || isNumeral(characters[index + 1]),
  );
}
