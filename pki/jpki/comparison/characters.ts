/** One character of a text, normalised for comparison. */
export interface Character {
  text: string;
  /** The certificate has a substitute here: the real character cannot be encoded in a certificate. */
  substitute: boolean;
}

/** Characters that belong to the previous one: combining marks, half-width voiced marks, jamo, invisible ones. */
const belonging = String.raw`[\p{Mark}\p{Default_Ignorable_Code_Point}\u{FF9E}\u{FF9F}\u{309B}\u{309C}\u{1160}-\u{11FF}]`;
const belongsToPrevious = new RegExp(belonging, "u");
const whole = new RegExp(`.${belonging}*`, "gsu");
const showsNothing = /\p{Default_Ignorable_Code_Point}/gu;
/** NFKC would decompose some of these into a space and a mark. */
const apostrophes = /['’‘‛ʼʻʹ′´`｀]/gu;
/** A dash of JIS X 0208 (1-33), for which two mappings to Unicode are in use (U+FF5E is ~ by NFKC). */
const waves = /[~\u{301C}\u{3030}\u{223C}]/gu;
/** Another one (1-34). */
const doubleBars = /\u{2225}/gu;
const dashes = /[\p{Dash_Punctuation}−─━]/gu;

/**
 * Normalises a text for comparison: compatibility forms folded and composed over whole runs (half-width kana with their voiced
 * marks, NFD), letters in lower case, without variation selectors and other invisible characters, one form of dash, of
 * apostrophe and of space. The long-vowel mark ー stays a letter here.
 * @param flags `0`/`1` for each code point of the text; missing flags are 0
 */
export function foldedCharacters(text: string, flags = ""): Character[] {
  const runs: { text: string; substitute: boolean }[] = [];
  let index = 0;
  for (const point of text) {
    const substitute = flags[index] === "1";
    index += 1;
    const run = runs.at(-1);
    if (run && (run.substitute === substitute || belongsToPrevious.test(point))) run.text += point;
    else runs.push({ text: point, substitute });
  }
  return runs.flatMap((run) =>
    Array.from(fold(run.text), (character) => ({
      text: character,
      substitute: run.substitute && character !== " ",
    })),
  );
}

const fold = (text: string): string =>
  text
    .replace(showsNothing, "")
    .replace(apostrophes, "'")
    .replaceAll("\u{309B}", "\u{3099}")
    .replaceAll("\u{309C}", "\u{309A}")
    .normalize("NFKC")
    .toLowerCase()
    .normalize("NFKC")
    .replace(showsNothing, "")
    .replace(/\s/gu, " ")
    .replace(waves, "-")
    .replace(doubleBars, "\u{2016}")
    .replace(dashes, "-");

/** Splits a text into characters, each unchanged and with the marks that belong to it. */
export const writtenCharacters = (text: string): string[] => text.match(whole) ?? [];

/** Collapses several spaces into one, and removes them at the ends. */
export function withSingleSpaces(characters: readonly Character[]): Character[] {
  const kept = characters.filter((one, index) => one.text !== " " || characters[index - 1]?.text !== " ");
  if (kept[0]?.text === " ") kept.shift();
  if (kept.at(-1)?.text === " ") kept.pop();
  return kept;
}
