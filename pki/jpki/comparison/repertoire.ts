import { tableLines } from "./table.ts";

const sections = new Map<string, string[]>();
for (const line of tableLines("kanji.txt")) {
  if (line.startsWith("[")) sections.set(line.slice(1, -1), []);
  else [...sections.values()].at(-1)?.push(line);
}
const section = (name: string): string[] => sections.get(name) ?? [];

/**
 * The kanji that a card's certificate can contain: JIS X 0208 levels 1 and 2, and JIS X 0212.
 *
 * The sources are the answers of municipalities (Mito, FAQ 015800: "JIS第1水準、第2水準およびJIS補助漢字の約1万3千字"; Kobe the same), not
 * J-LIS's own list, which is not public. It may differ in details: the edition of X 0208, 髙 and 﨑 of vendors' sets, the IBM
 * extension. Corrections belong here only.
 */
export const certificateKanji: ReadonlySet<string> = new Set(
  ["x0208", "x0212"].flatMap((name) => section(name).flatMap((line) => Array.from(line))),
);

/** Kanji, private-use characters (外字) and hentaigana, of which a register has more than a certificate. */
const registerKanji = /[\p{Unified_Ideograph}\p{Private_Use}\u{1B001}-\u{1B11E}]/u;

export const isRegisterKanji = (character: string): boolean => registerKanji.test(character);

/** Whether a character may occur in a register and not in a certificate. All others, kana and letters, occur in both. */
export const isOutside = (character: string): boolean =>
  isRegisterKanji(character) && !certificateKanji.has(character);

const writtenFor = joined(section("outside"), (line) => {
  const [inside = "", ...outside] = Array.from(line);
  return outside.map((character) => [character, inside]);
});

/** The certificate's kanji that the table gives for a character outside it; usually one, sometimes none or two. */
export const neighboursOf = (character: string): readonly string[] => writtenFor.get(character) ?? [];

const forms = joined(section("forms"), (line) => {
  const [one = "", other = ""] = Array.from(line);
  return [
    [one, other],
    [other, one],
  ];
});

/**
 * Whether two kanji of the certificate are old and new forms of one: 檜 and 桧. Equal in a place name, different in a person's
 * name.
 */
export const areForms = (one: string, other: string): boolean => forms.get(one)?.includes(other) ?? false;

/** The characters that a table may use for this one in a place name. */
export const placeWritings = (character: string): string[] => [
  character,
  ...(forms.get(character) ?? []),
  ...neighboursOf(character),
];

function joined(lines: readonly string[], pairsOf: (line: string) => string[][]): Map<string, string[]> {
  const map = new Map<string, string[]>();
  for (const [key = "", value = ""] of lines.flatMap(pairsOf)) {
    const values = map.get(key);
    if (values) values.push(value);
    else map.set(key, [value]);
  }
  return map;
}
