/** Kanji that the register may have and a certificate may not, with their substitutes. */
const substitutes: Readonly<Record<string, string>> = { 𠮷: "吉", 𡈽: "土", 𣘺: "橋", 𥔎: "崎" };

/** Written if no substitute is known. */
const unknownSubstitute = "＊";

/** One character of the register: a variation selector belongs to the character before it. */
const registerCharacter = /.\p{Variation_Selector}*/gsu;

/**
 * A text of the register as in a certificate, with one flag for each character: 1 if substituted.
 *
 * Certificates have the kanji of JIS levels 1 and 2 and some more, none outside the basic plane; 髙 and 﨑 are included. A
 * variation sequence (Unicode 23.4) becomes the plain character, as a substitute.
 */
export function certificateText(text: string): { text: string; flags: string } {
  const characters = (text.match(registerCharacter) ?? []).map((sequence) => {
    const [plain = ""] = sequence;
    const written = plain.length > 1 ? (substitutes[plain] ?? unknownSubstitute) : plain;
    return { written, flag: written === sequence ? "0" : "1" };
  });
  return {
    text: characters.map(({ written }) => written).join(""),
    flags: characters.map(({ flag }) => flag).join(""),
  };
}
