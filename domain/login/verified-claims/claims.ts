import type { AttributeName } from "../../../protocol/names.ts";
import type { RecordAttributes } from "../../../registry/attribute-record/records.ts";

type Held = Partial<RecordAttributes>;

interface VerifiableClaim {
  attribute: AttributeName;
  /** Its value; `undefined` if the attribute was not read, or the register does not have it. */
  valueOf: (held: Held) => unknown;
  /** Whether any person's claim could have this value: a request for another value can return nothing. */
  couldBe: (value: unknown) => boolean;
  /** Whether its value is a date, which a request can restrict by its age. */
  isDate?: true;
}

const isText = (value: unknown): boolean => typeof value === "string";
const isFlags = (value: unknown): boolean => typeof value === "string" && /^[01]*$/.test(value);

/** Flags of the characters for which the certificate has a substitute, under names of our own. */
export const nameSubstitution = "urn:kazasu:claim:name-substitution";
export const addressSubstitution = "urn:kazasu:claim:address-substitution";

/** The claims that a party can request (OpenID Connect Core §5.1, §5.2), and our attributes for them. */
const claims = {
  name: { attribute: "name", valueOf: ({ name }) => name, couldBe: isText },
  /** Furigana of the name, if the register has supplied it. */
  "name#ja-Kana-JP": { attribute: "name", valueOf: ({ furigana }) => furigana, couldBe: isText },
  address: {
    attribute: "address",
    valueOf: ({ address }) => (address === undefined ? undefined : { formatted: address }),
    couldBe: (value) =>
      typeof value === "object" && value !== null && String(Object.keys(value)) === "formatted",
  },
  birthdate: {
    attribute: "dateOfBirth",
    valueOf: ({ dateOfBirth }) => (dateOfBirth === undefined ? undefined : birthdateOf(dateOfBirth)),
    couldBe: (value) => typeof value === "string" && /^\d{4}(-\d\d-\d\d)?$/.test(value),
    isDate: true,
  },
  gender: {
    attribute: "sex",
    valueOf: ({ sex }) => (sex === "unknown" ? undefined : sex),
    couldBe: (value) => value === "male" || value === "female",
  },
  [nameSubstitution]: {
    attribute: "name",
    valueOf: (held) => held.nameSubstitution,
    couldBe: isFlags,
  },
  [addressSubstitution]: {
    attribute: "address",
    valueOf: (held) => held.addressSubstitution,
    couldBe: isFlags,
  },
} as const satisfies Record<string, VerifiableClaim>;

export type ClaimName = keyof typeof claims;
export const verifiableClaims = Object.keys(claims) as ClaimName[];

/** Looks a claim of ours up. */
export const claimOf = (name: ClaimName): VerifiableClaim => claims[name];

/** The claim that qualifies another one. */
const qualifiers: Partial<Record<ClaimName, ClaimName>> = {
  name: nameSubstitution,
  address: addressSubstitution,
};

/** The attributes of claims, in the order of our list. */
export function attributesOf(names: Iterable<ClaimName>): AttributeName[] {
  const wanted = new Set(names);
  return [
    ...new Set(verifiableClaims.filter((name) => wanted.has(name)).map((name) => claims[name].attribute)),
  ];
}

/**
 * The claims of these names that the attributes contain, and the flags of each value in which a character is substituted,
 * unless they were `requested` by themselves. A name in which the certificate has 吉 for 𠮷 is not the name of the register: to
 * assert it as verified without its flags would be false. So they are a part of the requested value and no further data, as at
 * the attribute endpoint. A value without a substitute has none, and its answer is exactly what was requested.
 */
export function claimsOf(
  held: Held,
  names: readonly ClaimName[],
  requested: readonly ClaimName[] = names,
): Partial<Record<ClaimName, unknown>> {
  const valueOf = (name: ClaimName): unknown => claims[name].valueOf(held);
  const flags = names
    .flatMap((name) => qualifiers[name] ?? [])
    .filter((name) => !requested.includes(name) && String(valueOf(name)).includes("1"));
  return Object.fromEntries(
    [...names, ...flags].flatMap((name) => {
      const value = valueOf(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** `EYYYYMMDD` as an OpenID birthdate (Core §5.1): a whole date, a year alone, or nothing if the year is unknown. */
export function birthdateOf(dateOfBirth: string): string | undefined {
  const [, year = "", month = "", day = ""] = /^\d(\d{4})(\d{2})(\d{2})$/.exec(dateOfBirth) ?? [];
  if (year === "" || year === "0000") return undefined;
  return month === "00" || day === "00" ? year : `${year}-${month}-${day}`;
}
