import type { Character } from "./characters.ts";
import { areForms, isOutside, isRegisterKanji, neighboursOf } from "./repertoire.ts";

const kana = /[\p{Script=Hiragana}\p{Script=Katakana}ー]/u;
const kanji = /\p{Unified_Ideograph}/u;

/** A substitute that is a reading. Several of them may stand for one character. */
export const isReading = ({ substitute, text }: Character): boolean => substitute && kana.test(text);

/** A character for which a reading may stand: one outside the repertoire, or another substitute of it. */
export const isUnwritten = ({ substitute, text }: Character): boolean =>
  substitute ? !kana.test(text) : isOutside(text);

/** Whether a substitute may stand for a character. */
export type Stands = (substitute: string, character: string) => boolean;

/**
 * Whether two characters of a name can be one character of the register.
 * @param oneStands how a substitute on the first side is compared
 */
export function sameInName(one: Character, other: Character, oneStands: Stands = mayStandFor): boolean {
  if (one.substitute && other.substitute) return sameBehind(one.text, other.text);
  if (one.substitute) return oneStands(one.text, other.text);
  if (other.substitute) return mayStandFor(other.text, one.text);
  if (one.text === other.text) return true;
  const [outer, inner] = isOutside(one.text) ? [one.text, other.text] : [other.text, one.text];
  // Only a single neighbour: of two the table does not say which.
  const neighbours = neighboursOf(outer);
  return neighbours.length === 1 && neighbours[0] === inner;
}

/** The same for a place name, in which old and new forms of a kanji are interchangeable. */
export const sameInPlace = (one: Character, other: Character, oneStands?: Stands): boolean =>
  sameInName(one, other, oneStands) ||
  (!one.substitute && !other.substitute && areForms(one.text, other.text));

/**
 * Whether a substitute can stand for a character: the substitute itself, with its flag lost, or the character behind it, a
 * kanji that no certificate can contain. A mark (■, ＊, 〓) or a reading gives no further information; a kanji cannot stand for a
 * character that the table assigns to others.
 */
export function standsFor(substitute: string, character: string): boolean {
  if (substitute === character) return true;
  if (!isOutside(character)) return false;
  const neighbours = neighboursOf(character);
  if (neighbours.length === 0 || !kanji.test(substitute)) return true;
  return neighbours.some((neighbour) => neighbour === substitute || areForms(neighbour, substitute));
}

/**
 * The same, for a case that is not a change and is still shown to the person: editions of the list differ in which kanji a
 * certificate can contain, so a mark may stand for any single kanji.
 */
export function mayStandFor(substitute: string, character: string): boolean {
  const isMark = !kanji.test(substitute) && !kana.test(substitute);
  return standsFor(substitute, character) || (isMark && isRegisterKanji(character));
}

/** Whether two substitutes can stand for one character: any two except two different readings, or two unrelated kanji. */
function sameBehind(one: string, other: string): boolean {
  if (one === other) return true;
  if (kana.test(one) && kana.test(other)) return inHiragana(one) === inHiragana(other);
  return !(kanji.test(one) && kanji.test(other)) || areForms(one, other);
}

const inHiragana = (character: string): string =>
  character.replace(/[\u{30A1}-\u{30F6}]/u, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60));
