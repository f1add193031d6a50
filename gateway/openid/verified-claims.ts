import * as z from "zod";
import type { Disclosed } from "../../domain/consent/disclosing.ts";
import type { AttributeName } from "../../protocol/names.ts";

/** OpenID Connect for Identity Assurance 1.0 §5: the claims that a party can request, and our attributes for them. */
const names = {
  name: "name",
  /** Furigana of the name (OpenID Connect Core §5.2), if the register has supplied it. */
  "name#ja-Kana-JP": "name",
  address: "address",
  birthdate: "dateOfBirth",
  gender: "sex",
} as const satisfies Record<string, AttributeName>;
type Claim = keyof typeof names;
export const verifiableClaims = Object.keys(names) as Claim[];

/** Our trust framework: proven by the card's signature, kept current from the population register. */
export const trustFramework = "urn:kazasu:trust-framework:jpki";

const asked = z.looseObject({ claims: z.record(z.string(), z.unknown()) });

/** The claims of ours that a `verified_claims` request names (IDA §6). */
export function claimsAsked(request: unknown): Claim[] {
  const read = asked.safeParse(request);
  return read.success ? verifiableClaims.filter((claim) => claim in read.data.claims) : [];
}

/** The attributes of such a request; empty if it names none of ours. */
export const attributesAsked = (request: unknown): AttributeName[] => [
  ...new Set(claimsAsked(request).map((claim) => names[claim])),
];

/**
 * The attributes read, in the form of IDA: only the requested claims of the name. It contains nothing of the card's
 * certificate: parties never learn serials (公的個人認証法).
 */
export function verifiedClaims(
  { provenAt, attributes }: Disclosed,
  claims: readonly Claim[] = ["name"],
): object {
  const time = provenAt.toISOString();
  return {
    verification: {
      trust_framework: trustFramework,
      time,
      evidence: [
        {
          type: "electronic_record",
          time,
          record: {
            type: "population_register",
            source: { name: "Japan Agency for Local Authority Information Systems", country_code: "JPN" },
          },
        },
      ],
    },
    claims: claimsOf(attributes, claims),
  };
}

/** The attributes that the answer contains. */
export const attributesGiven = (
  attributes: Disclosed["attributes"],
  claims: readonly Claim[],
): AttributeName[] => [
  ...new Set(
    verifiableClaims.filter((claim) => claim in claimsOf(attributes, claims)).map((claim) => names[claim]),
  ),
];

/** Attributes in the form of OpenID claims (Core §5.1): only those of `claims`. */
export function claimsOf(
  { address, dateOfBirth, sex, ...held }: Disclosed["attributes"],
  claims: readonly Claim[],
): Partial<Record<Claim, unknown>> {
  const name = claims.includes("name") ? held.name : undefined;
  const furigana = claims.includes("name#ja-Kana-JP") ? held.furigana : undefined;
  const birthdate = dateOfBirth === undefined ? undefined : birthdateOf(dateOfBirth);
  return {
    ...(name === undefined ? {} : { name }),
    ...(furigana === undefined ? {} : { "name#ja-Kana-JP": furigana }),
    ...(address === undefined ? {} : { address: { formatted: address } }),
    ...(birthdate === undefined ? {} : { birthdate }),
    ...(sex === undefined || sex === "unknown" ? {} : { gender: sex }),
  };
}

/** `EYYYYMMDD` as an OpenID birthdate (Core §5.1): a whole date, a year alone, or nothing if the year is unknown. */
export function birthdateOf(dateOfBirth: string): string | undefined {
  const [, year = "", month = "", day = ""] = /^\d(\d{4})(\d{2})(\d{2})$/.exec(dateOfBirth) ?? [];
  if (year === "" || year === "0000") return undefined;
  return month === "00" || day === "00" ? year : `${year}-${month}-${day}`;
}
