import type { Place, SubjectAttributes } from "./profile.ts";
import { certificateText } from "./substitution.ts";

/** A person's entry in the resident register. Texts are as the register has them, rare kanji and all. */
export interface RegisterEntry extends Place {
  name: string;
  address: string;
  /** `EYYYYMMDD` as in the certificate: era, then the Gregorian date, zeros where unknown. */
  dateOfBirth: string;
  /** 1 male, 2 female, 3 unknown. */
  sex: string;
  alive: boolean;
}

/** Sex by the words the town hall uses. */
export const sexes = { male: "1", female: "2", unknown: "3" } as const;

/** What of the register goes into a sign certificate. */
export function subjectAttributes(entry: RegisterEntry): SubjectAttributes {
  const name = certificateText(entry.name);
  const address = certificateText(entry.address);
  return {
    name: name.text,
    nameSubstitution: name.flags,
    sex: entry.sex,
    dateOfBirth: entry.dateOfBirth,
    address: address.text,
    addressSubstitution: address.flags,
  };
}
