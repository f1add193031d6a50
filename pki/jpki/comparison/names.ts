import { aligns } from "./alignment.ts";
import { type Character, foldedCharacters, withSingleSpaces } from "./characters.ts";
import { isReading, isUnwritten, type Stands, sameInName } from "./same-character.ts";

/**
 * Whether two writings are of one name. The space between its parts is significant, whatever its width; a former surname (旧氏)
 * shown on one side only is not, while two different ones are.
 * @param oneStands how a substitute of the first writing is judged
 */
export function sameName(one: Writing, other: Writing, oneStands?: Stands): boolean {
  const [a, b] = [nameOf(one), nameOf(other)];
  const sameFormer =
    a.former === undefined || b.former === undefined || sameRow(a.former, b.former, oneStands);
  return sameFormer && sameRow(a.legal, b.legal, oneStands);
}

/** A text and the flags of its substitutes. */
export interface Writing {
  text: string;
  flags?: string | undefined;
}

const sameRow = (one: readonly Character[], other: readonly Character[], oneStands?: Stands): boolean =>
  aligns(one, other, { same: (a, b) => sameInName(a, b, oneStands), isReading, isUnwritten });

/**
 * The legal name, and the former surname that is shown in square brackets between surname and given name, directly after the
 * surname. A single word in the only brackets of a name is a former surname; anything else in brackets is ordinary text and is
 * compared.
 */
function nameOf({ text, flags }: Writing): { legal: Character[]; former?: Character[] } {
  const characters = withSingleSpaces(foldedCharacters(text, flags));
  const found = formerSurname.exec(characters.map(signOf).join(""));
  if (!found) return { legal: characters };
  const opening = found[1]?.length ?? 0;
  const closing = opening + 1 + (found[2]?.length ?? 0);
  return {
    legal: [...characters.slice(0, opening), ...characters.slice(closing + 1)],
    former: characters.slice(opening + 1, closing),
  };
}

/** Over one sign for each character: `x` is part of a word. */
const formerSurname = /^(x+)\[(x+)\] x[x ]*$/;

/** Any other bracket is a sign that {@link formerSurname} does not match. */
function signOf({ text, substitute }: Character): string {
  if (substitute) return "x";
  if (text === " " || text === "[" || text === "]") return text;
  return /[\p{Ps}\p{Pe}\p{Pi}\p{Pf}]/u.test(text) ? "(" : "x";
}
