import * as z from "zod";
import type { AttributeName } from "../../protocol/names.ts";
import type { Disclosed } from "../disclosure.ts";

/** OpenID Connect for Identity Assurance 1.0 §5: the claims by which a party asks, and what they are to us. */
const names = {
  name: "name",
  address: "address",
  birthdate: "dateOfBirth",
  gender: "sex",
} as const satisfies Record<string, AttributeName>;
export const verifiableClaims = Object.keys(names);

/** The framework of our own: proven by the card's signature, kept true by the population register. */
export const trustFramework = "urn:kazasu:trust-framework:jpki";

const asked = z.looseObject({ claims: z.record(z.string(), z.unknown()) });

/** The attributes that a `verified_claims` request names (IDA §6); none where it names none of ours. */
export function attributesAsked(request: unknown): AttributeName[] {
  const read = asked.safeParse(request);
  if (!read.success) return [];
  return Object.entries(names)
    .filter(([claim]) => claim in read.data.claims)
    .map(([, name]) => name);
}

/** What was read, as IDA has it. Nothing of the card's certificate is in it: parties never learn serials (公的個人認証法). */
export function verifiedClaims({ provenAt, attributes }: Disclosed): object {
  const { name, address, dateOfBirth, sex } = attributes;
  const birthdate = dateOfBirth === undefined ? undefined : birthdateOf(dateOfBirth);
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
    claims: {
      ...(name === undefined ? {} : { name }),
      ...(address === undefined ? {} : { address: { formatted: address } }),
      ...(birthdate === undefined ? {} : { birthdate }),
      ...(sex === undefined || sex === "unknown" ? {} : { gender: sex }),
    },
  };
}

/** `EYYYYMMDD` as OpenID has a birthdate (Core §5.1): a whole date, a year alone, or nothing where the year is unknown. */
export function birthdateOf(dateOfBirth: string): string | undefined {
  const [, year = "", month = "", day = ""] = /^\d(\d{4})(\d{2})(\d{2})$/.exec(dateOfBirth) ?? [];
  if (year === "" || year === "0000") return undefined;
  return month === "00" || day === "00" ? year : `${year}-${month}-${day}`;
}
