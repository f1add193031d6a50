import { writtenCharacters } from "./comparison/characters.ts";

/** A text as a certificate has it, and where it holds substitutes: `0`/`1` for each character, or empty for none. */
export interface FlaggedText {
  text: string;
  flags: string;
}

/** How two characters are judged. */
export interface CharacterRules {
  /** Whether two characters are one, written in two ways. */
  same: (one: string, other: string) => boolean;
  /** Whether a substitute may stand for a character: nothing else is filled in for it. */
  standsFor: (substitute: string, character: string) => boolean;
}

interface Character {
  /** As it is written, with what belongs to it: a variation selector, a voiced mark. */
  character: string;
  isSubstitute: boolean;
}

/** No certificate has a longer text (profile.ts); what is longer stays as it is. */
const mostCharacters = 200;

/**
 * The text with the characters that another writing of the same text has in place of its substitutes; everything else
 * stays as it is. `undefined` where the other writing has none, or where it cannot be told which belong where.
 */
export function fillSubstitutes(
  given: FlaggedText,
  learned: FlaggedText,
  rules: CharacterRules,
): FlaggedText | undefined {
  const [before, after] = [charactersOf(given), charactersOf(learned)];
  const isUsable = before.some(({ isSubstitute }) => isSubstitute);
  if (!isUsable || before.length > mostCharacters || after.length > mostCharacters) return undefined;
  const [filled, another] = alignments(before, after, rules);
  return another === undefined && filled?.flags !== flagsOf(before) ? filled : undefined;
}

function charactersOf({ text, flags }: FlaggedText): Character[] {
  let index = 0;
  return writtenCharacters(text).map((character) => {
    const isSubstitute = flags[index] === "1";
    index += Array.from(character).length;
    return { character, isSubstitute };
  });
}

const textOf = (characters: readonly Character[]): string =>
  characters.map(({ character }) => character).join("");
const flagsOf = (characters: readonly Character[]): string =>
  characters
    .map(({ character, isSubstitute }) => (isSubstitute ? "1" : "0").repeat(Array.from(character).length))
    .join("");

/**
 * Lays one text over the other: a run of substitutes over at least one character and at most as many as it has (several
 * substitutes may stand for one character, never one for several) of which one of the run stands for each, any other
 * character over its like or over substitutes. Of the texts that this can come to, at most two: more than one says nothing.
 */
function alignments(
  given: readonly Character[],
  learned: readonly Character[],
  { same, standsFor }: CharacterRules,
): readonly FlaggedText[] {
  const known = new Map<string, readonly FlaggedText[]>();
  const from = (i: number, j: number): readonly FlaggedText[] => {
    if (i === given.length || j === learned.length)
      return i === given.length && j === learned.length ? [{ text: "", flags: "" }] : [];
    const place = `${i},${j}`;
    const results = known.get(place) ?? twoOf(steps(i, j));
    known.set(place, results);
    return results;
  };
  function* steps(i: number, j: number): Iterable<FlaggedText> {
    const run = runFrom(given, i);
    const there = runFrom(learned, j);
    const [one, other] = [given[i], learned[j]];
    if (!one || !other) return;
    if (run > 0) {
      const standing = given.slice(i, i + run);
      const isBehind = ({ character, isSubstitute }: Character): boolean =>
        isSubstitute || standing.some((substitute) => standsFor(substitute.character, character));
      for (let length = Math.min(run, learned.length - j); length > 0; length -= 1) {
        const taken = learned.slice(j, j + length);
        if (!taken.every(isBehind)) continue;
        const isLearned = taken.some(({ isSubstitute }) => !isSubstitute);
        yield* before(isLearned ? taken : standing, from(i + run, j + length));
      }
    } else if (there > 0) {
      for (let length = 1; length <= there; length += 1) yield* before([one], from(i + 1, j + length));
    } else if (same(one.character, other.character)) {
      yield* before([one], from(i + 1, j + 1));
    }
  }
  return from(0, 0);
}

function* before(characters: readonly Character[], rests: readonly FlaggedText[]): Iterable<FlaggedText> {
  for (const { text, flags } of rests)
    yield { text: textOf(characters) + text, flags: flagsOf(characters) + flags };
}

function twoOf(found: Iterable<FlaggedText>): FlaggedText[] {
  const results: FlaggedText[] = [];
  for (const one of found) {
    if (results.some(({ text, flags }) => text === one.text && flags === one.flags)) continue;
    results.push(one);
    if (results.length === 2) break;
  }
  return results;
}

/** How many substitutes stand side by side from here. */
function runFrom(characters: readonly Character[], from: number): number {
  const length = characters.slice(from).findIndex(({ isSubstitute }) => !isSubstitute);
  return length === -1 ? characters.length - from : length;
}
