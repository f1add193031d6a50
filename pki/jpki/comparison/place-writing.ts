import type { Character } from "./characters.ts";

/** Place names with two writings, and the form used for comparison. The shape has one UTF-16 unit per character. */
const writings: readonly [RegExp, string][] = [
  // ヶ, ケ and が before a kanji: 茅ヶ崎, 霞が関, ひばりケ丘.
  [/(?<=[\p{L}\p{Nl}])[ヶケが](?=\p{Unified_Ideograph})/gu, "が"],
  // ノ and の between two kanji: 丸ノ内, 山ノ内.
  [/(?<=\p{Unified_Ideograph})[ノの](?=\p{Unified_Ideograph})/gu, "の"],
  // 上ル and 下ル of Kyoto; not 屋上ルーム.
  [/(?<=[上下])ル(?![\p{Script=Katakana}ー])/gu, "る"],
  // A long-vowel mark between numbers or letters, or after a number's unit, is a dash; next to kana it is a letter.
  [
    /(?<=[0-9a-z〇一二三四五六七八九十百千万]|丁目|番地|番|号)ー(?=[0-9a-z〇一二三四五六七八九十百千万])/gu,
    "-",
  ],
];

/** 東入る and 東入ル are 東入. */
const dropped = /(?<=[東西]入)[るル](?![\p{Script=Katakana}ー])/gu;

/** The characters of an address for comparison: each place name in one of its writings. */
export function inOneWriting(characters: readonly Character[]): Character[] {
  const written = [...characters];
  const shape = shapeOf(written);
  for (const [pattern, text] of writings) {
    for (const { index } of shape.matchAll(pattern)) written[index] = { text, substitute: false };
  }
  const gone = new Set(Array.from(shape.matchAll(dropped), ({ index }) => index));
  return written.filter((_, index) => !gone.has(index));
}

/**
 * The characters as a string with one UTF-16 unit each, so that a pattern's indices are theirs. A substitute, and a kanji
 * outside the basic plane, become a kanji that no pattern has.
 */
export const shapeOf = (characters: readonly Character[]): string =>
  characters
    .map(({ text, substitute }) => {
      if (!substitute && text.length === 1) return text;
      return /\p{Unified_Ideograph}/u.test(text) ? "\u{3400}" : "\u{FFFD}";
    })
    .join("");
