const digits = "〇一二三四五六七八九";

export const kanjiDigit = /[〇一二三四五六七八九十百千万]/;
/** The longest house number; a longer row of numerals is text. */
export const kanjiNumeral = /[〇一二三四五六七八九十百千万]{1,12}/y;

/**
 * A number in kanji as arabic digits: digit by digit (二〇三) or by tens (二十三, 百二十, 一万二千); `undefined` otherwise (二百三四, 十百). Digit
 * by digit, leading zeros are kept.
 */
export function arabicOf(kanji: string): string | undefined {
  const characters = Array.from(kanji);
  if (characters.length === 0) return undefined;
  if (characters.every((character) => digits.includes(character)))
    return characters.map((character) => digits.indexOf(character)).join("");
  const [high = "", low, ...more] = kanji.split("万");
  if (low === undefined) return below10000(kanji)?.toString();
  const [above, below] = [below10000(high), low === "" ? 0 : below10000(low)];
  if (more.length > 0 || above === undefined || below === undefined) return undefined;
  return (above * 10_000 + below).toString();
}

/** 千, 百 and 十 in this order, each once, with at most one digit before each and one after the last. */
function below10000(kanji: string): number | undefined {
  const parts =
    /^(?:([一二三四五六七八九]?)千)?(?:([一二三四五六七八九]?)百)?(?:([一二三四五六七八九]?)十)?([一二三四五六七八九]?)$/u.exec(
      kanji,
    );
  if (!parts || kanji === "") return undefined;
  const [, thousands, hundreds, tens, ones] = parts;
  const counted = (digit: string | undefined, unit: number) =>
    digit === undefined ? 0 : (digit === "" ? 1 : digits.indexOf(digit)) * unit;
  return (
    counted(thousands, 1000) + counted(hundreds, 100) + counted(tens, 10) + (ones ? digits.indexOf(ones) : 0)
  );
}
