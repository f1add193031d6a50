import { aligns } from "./alignment.ts";
import { type Character, foldedCharacters, withSingleSpaces } from "./characters.ts";
import { isReading, isUnwritten, sameInName } from "./same-character.ts";

/**
 * Whether two writings are of one name. The space between its parts is part of it, whatever its width; a former surname
 * (旧氏) that only one side shows is not, while two that differ are two.
 */
export function sameName(one: Writing, other: Writing): boolean {
  const [a, b] = [nameOf(one), nameOf(other)];
  const sameFormer = a.former === undefined || b.former === undefined || sameRow(a.former, b.former);
  return sameFormer && sameRow(a.legal, b.legal);
}

/** A text and the flags of its substitutes. */
export interface Writing {
  text: string;
  flags?: string | undefined;
}

const sameRow = (one: readonly Character[], other: readonly Character[]): boolean =>
  aligns(one, other, { same: sameInName, isReading, isUnwritten });

/**
 * The legal name, and the former surname that is shown beside it in square brackets. One pair of them around one word is
 * that; anything else, a bracket that is not closed above all, is text like other text and hides nothing.
 */
function nameOf({ text, flags }: Writing): { legal: Character[]; former?: Character[] } {
  const characters = withSingleSpaces(foldedCharacters(text, flags));
  const indexesOf = (bracket: string) =>
    characters.flatMap((one, index) => (one.text === bracket && !one.substitute ? [index] : []));
  const [opening, ...otherOpenings] = indexesOf("[");
  const [closing, ...otherClosings] = indexesOf("]");
  if (opening === undefined || closing === undefined || otherOpenings.length + otherClosings.length > 0)
    return { legal: characters };
  const former = characters.slice(opening + 1, closing);
  const isOneWord = former.length > 0 && former.every((one) => one.text !== " ");
  if (!isOneWord) return { legal: characters };
  return {
    legal: withSingleSpaces([...characters.slice(0, opening), ...characters.slice(closing + 1)]),
    former,
  };
}
