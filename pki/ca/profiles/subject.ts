import { type Profile, ProfileError, type SubjectPart } from "./profile.ts";

/** 基本4情報 as last proven. Dates are `EYYYYMMDD`, zeros where a part is unknown. The address is not used: see attribute.ts. */
export interface SubjectAttributes {
  /** As on the card, including substitution characters, parts separated by U+3000. */
  name: string;
  sex: "male" | "female" | "unknown";
  dateOfBirth: string;
  address: string;
}

/** X.520 ub-common-name, as in RFC 5280 appendix A.1, in characters. The other limits are not lower. */
const longestCommonName = 64;

/**
 * The subject's attributes after the country, with their values.
 *
 * Without attributes all of them have the pseudonym. With attributes, commonName is the name as on the card, and serialNumber
 * the pseudonym, which distinguishes two people with the same name (EN 319 412-2 §4.2.4). A name in two parts is also surname
 * and givenName. For any other name, such as one with an alias (通称) or former surname (旧氏) in brackets, the parts are not
 * known, and a guess would be a false statement about the person; EN 319 412-2 NAT-4.2.4-1 then still requires a pseudonym, and
 * the pairwise one is used.
 *
 * A name longer than a commonName is refused and never shortened: a shorter name is another person's. Throws {@link
 * ProfileError}.
 */
export function subjectOf(
  profile: Profile,
  pseudonym: string,
  attributes: SubjectAttributes | undefined,
): [SubjectPart, string][] {
  if (!profile.attributes) {
    if (attributes) throw new ProfileError("ATTRIBUTES_UNWANTED", "This profile does not allow attributes.");
    return profile.subject.map((part) => [part, pseudonym]);
  }
  if (!attributes)
    throw new ProfileError("ATTRIBUTES_MISSING", "This profile requires the person's attributes.");
  const commonName = checkedName(attributes.name);
  const [surname = "", givenName = "", ...more] = commonName.split("\u3000");
  const values: Partial<Record<SubjectPart, string>> =
    [surname, givenName].every(isNamePart) && more.length === 0
      ? { commonName, surname, givenName, serialNumber: pseudonym }
      : { commonName, pseudonym, serialNumber: pseudonym };
  return profile.subject.flatMap((part): [SubjectPart, string][] => {
    const value = values[part];
    return value === undefined ? [] : [[part, value]];
  });
}

/**
 * One word with a letter: brackets, and signs used as brackets or between two names, contain another name, and a space separates
 * parts of unknown meaning. An apostrophe is not a quotation mark.
 */
const isNamePart = (part: string): boolean =>
  /\p{L}/u.test(part) && !/[\p{Ps}\p{Pe}«»‹›“”„‟"＂<>＜＞/／\\＼|｜\s]/u.test(part);

function checkedName(name: string): string {
  if (name.trim() === "") throw new ProfileError("COMMON_NAME_EMPTY", "The name is empty.");
  if (Array.from(name).length > longestCommonName) {
    throw new ProfileError(
      "COMMON_NAME_TOO_LONG",
      `The name is longer than the ${longestCommonName} characters of a commonName, and is not cut.`,
    );
  }
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(name)) {
    throw new ProfileError("COMMON_NAME_UNPRINTABLE", "The name has control characters or invalid ones.");
  }
  return name;
}
