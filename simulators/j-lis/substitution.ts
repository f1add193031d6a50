/** Kanji the register may hold and a certificate may not, with what the certificate writes instead. */
const substitutes: Readonly<Record<string, string>> = { 𠮷: "吉", 𡈽: "土", 𣘺: "橋", 𥔎: "崎" };

/** Written where no substitute is known. */
const unknownSubstitute = "＊";

/**
 * A text of the register as a certificate holds it, with one flag for each character: 1 where substituted.
 *
 * Certificates hold the kanji of JIS levels 1 and 2 and some more. What lies outside the basic plane is beyond
 * them; 髙 and 﨑 are within.
 */
export function certificateText(text: string): { text: string; flags: string } {
  const characters = Array.from(text);
  const substituted = characters.map((character) => (character.length > 1 ? "1" : "0"));
  const written = characters.map((character) =>
    character.length > 1 ? (substitutes[character] ?? unknownSubstitute) : character,
  );
  return { text: written.join(""), flags: substituted.join("") };
}
