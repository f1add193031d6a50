import { NotDer, readDer, tags } from "../der/cursor.ts";
import { decodeUtf8 } from "../der/text.ts";
import type { GeneralName } from "../x509/general-name.ts";
import { addressCharacters, attributeTypes, nameCharacters } from "./profile.ts";

const eras = ["unknown", "meiji", "taisho", "showa", "heisei", "reiwa"] as const;
const sexes = { 1: "male", 2: "female", 3: "unknown" } as const;

/** 生年月日: the era it was registered in, and the Gregorian date as far as it is known. */
export interface DateOfBirth {
  era: (typeof eras)[number];
  year?: number;
  month?: number;
  day?: number;
  /** `EYYYYMMDD` as in the certificate, zeros where a part is unknown. Authoritative for comparison. */
  raw: string;
}

/**
 * 基本4情報: the four attributes as in the certificate. Kanji outside JIS levels 1 and 2 and the supplementary set are substituted;
 * the flags mark them, a `0` or `1` for each character, and are empty if the certificate has none.
 */
export interface CardAttributes {
  name: string;
  nameSubstitution: string;
  sex: "male" | "female" | "unknown";
  dateOfBirth: DateOfBirth;
  address: string;
  addressSubstitution: string;
}

/** The subjectAltName does not have the four attributes. Its message never quotes a value. */
export class AttributesUnreadable extends Error {}

/**
 * Reads the four attributes from the otherNames of a sign certificate's subjectAltName. Names of other types are skipped,
 * because J-LIS may add some. Throws {@link AttributesUnreadable} if one is missing, repeated or malformed.
 */
export function readAttributes(names: readonly GeneralName[]): CardAttributes {
  const texts = new Map<string, string>();
  for (const name of names) {
    if (name.form !== "otherName") continue;
    const attribute = Object.entries(attributeTypes).find(([, type]) => type === name.type)?.[0];
    if (!attribute) continue;
    if (texts.has(attribute)) throw new AttributesUnreadable(`The attribute ${attribute} occurs twice.`);
    texts.set(attribute, readText(name.value, attribute));
  }
  const limited = (attribute: string, shortest: number, longest: number): string => {
    const text = texts.get(attribute) ?? "";
    const { length } = Array.from(text);
    if (!texts.has(attribute)) throw new AttributesUnreadable(`The attribute ${attribute} is missing.`);
    if (length < shortest || length > longest) {
      throw new AttributesUnreadable(
        `The attribute ${attribute} does not have ${shortest} to ${longest} characters.`,
      );
    }
    return text;
  };
  const flags = (attribute: string, longest: number): string => {
    const text = texts.get(attribute) ?? "";
    if (!/^[01]*$/.test(text) || text.length > longest) {
      throw new AttributesUnreadable(`The attribute ${attribute} is not a row of 0 and 1.`);
    }
    return text;
  };
  return {
    name: limited("name", 1, nameCharacters),
    nameSubstitution: flags("nameSubstitution", nameCharacters),
    sex: readSex(limited("sex", 1, 1)),
    dateOfBirth: readDateOfBirth(limited("dateOfBirth", 9, 9)),
    address: limited("address", 0, addressCharacters),
    addressSubstitution: flags("addressSubstitution", addressCharacters),
  };
}

function readText(value: Uint8Array, attribute: string): string {
  try {
    return readDer(value, attribute, (cursor) => decodeUtf8(cursor.content(tags.utf8String)));
  } catch (error) {
    if (!(error instanceof NotDer)) throw error;
    throw new AttributesUnreadable(`The attribute ${attribute} is not a UTF8String.`, { cause: error });
  }
}

function readSex(text: string): CardAttributes["sex"] {
  if (text === "1" || text === "2" || text === "3") return sexes[text];
  throw new AttributesUnreadable("The attribute sex is not 1, 2 or 3.");
}

/** Reads `EYYYYMMDD`. Partial dates exist (`400000000`: Heisei, nothing more); a part of zeros is omitted. */
export function readDateOfBirth(raw: string): DateOfBirth {
  const era = eras[Number(raw[0])];
  const [year = 0, month = 0, day = 0] = [raw.slice(1, 5), raw.slice(5, 7), raw.slice(7, 9)].map(Number);
  if (!/^\d{9}$/.test(raw) || !era || month > 12 || day > 31) {
    throw new AttributesUnreadable("The attribute dateOfBirth is not EYYYYMMDD.");
  }
  return { era, ...(year > 0 && { year }), ...(month > 0 && { month }), ...(day > 0 && { day }), raw };
}
