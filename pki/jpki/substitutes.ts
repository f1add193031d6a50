import { writtenCharacters } from "./comparison/characters.ts";

/** A text as in a certificate, with flags for its substitutes: `0`/`1` for each character, or empty for none. */
export interface FlaggedText {
  text: string;
  flags: string;
}

/** Comparison of two characters. */
export interface CharacterRules {
  /** Whether two characters are two writings of one. */
  same: (one: string, other: string) => boolean;
  /** Whether a substitute may stand for a character: only such a character replaces it. */
  standsFor: (substitute: string, character: string) => boolean;
}

interface Character {
  /** As written, including a variation selector or voiced mark. */
  character: string;
  isSubstitute: boolean;
}

/** No certificate has a longer text (profile.ts); a longer one is unchanged. */
const mostCharacters = 200;

/**
 * The text with its substitutes replaced by characters from another writing of the same text; everything else is unchanged.
 * `undefined` if the other writing has none, or if their places are ambiguous.
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
 * Aligns one text with the other: a run of substitutes with at least one character and at most as many as the run has (several
 * substitutes may stand for one character, never one for several), each of which one of the run can stand for; any other
 * character with an equal one or with substitutes. Returns at most two of the possible texts: more than one is ambiguous.
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

/** The number of adjacent substitutes from here. */
function runFrom(characters: readonly Character[], from: number): number {
  const length = characters.slice(from).findIndex(({ isSubstitute }) => !isSubstitute);
  return length === -1 ? characters.length - from : length;
}
