import type { GeneralName, Name } from "@peculiar/asn1-x509";

const shortNames: Record<string, string> = {
  "2.5.4.3": "CN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
};

const escaped = (text: string): string =>
  text.replaceAll(/[\\",+;<>=]/g, String.raw`\$&`).replaceAll(/^[ #]| $/g, String.raw`\$&`);

/**
 * A distinguished name as text, in the order of its encoding (`C=JP, O=JPKI, OU=…`) with the escapes of RFC 4514.
 * Two names with the same text are the same name but for the string type of their parts.
 */
export const nameText = (name: Name): string =>
  name
    .map((parts) =>
      parts
        .map((part) => `${shortNames[part.type] ?? part.type}=${escaped(part.value.toString())}`)
        .join("+"),
    )
    .join(", ");

/** The values of one attribute type in a name, by its short name, in order. */
export const nameValues = (name: Name, short: string): string[] =>
  name
    .flat()
    .filter((part) => shortNames[part.type] === short)
    .map((part) => part.value.toString());

/** Where a CRL is found: a directory name or a URL, as text. Other forms are not used for that. */
export function placeText(place: GeneralName): string | undefined {
  return place.directoryName ? nameText(place.directoryName) : place.uniformResourceIdentifier;
}
