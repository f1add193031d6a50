import { AsnConvert, AsnProp, AsnPropTypes, AsnType, AsnTypeTypes } from "@peculiar/asn1-schema";
import { Attribute, SubjectDirectoryAttributes } from "@peculiar/asn1-x509";
import type { DirectoryAttribute } from "./profiles/profile.ts";
import type { SubjectAttributes } from "./profiles/subject.ts";

/** Attribute types of RFC 3739 §3.2.2. */
export const directoryAttributeTypes = {
  dateOfBirth: "1.3.6.1.5.5.7.9.1",
  gender: "1.3.6.1.5.5.7.9.3",
} as const satisfies Record<DirectoryAttribute, string>;

/** DateOfBirth ::= GeneralizedTime; Gender ::= PrintableString (SIZE(1)). */
export class DirectoryValue {
  date?: Date;
  text?: string;

  constructor(value: Partial<DirectoryValue> = {}) {
    Object.assign(this, value);
  }
}
AsnType({ type: AsnTypeTypes.Choice })(DirectoryValue);
AsnProp({ type: AsnPropTypes.GeneralizedTime })(DirectoryValue.prototype, "date");
AsnProp({ type: AsnPropTypes.PrintableString })(DirectoryValue.prototype, "text");

/**
 * A person's subjectDirectoryAttributes (RFC 3739 §3.2.2); `undefined` if nothing is known, because the list must not be empty.
 * A date of birth not known to the day, and a gender other than M and F, are omitted: the attributes cannot express them.
 */
export function directoryAttributes(
  wanted: readonly DirectoryAttribute[],
  { dateOfBirth, sex }: SubjectAttributes,
): SubjectDirectoryAttributes | undefined {
  const date = noonOf(dateOfBirth);
  const values: Record<DirectoryAttribute, DirectoryValue | undefined> = {
    dateOfBirth: date && new DirectoryValue({ date }),
    gender: sex === "unknown" ? undefined : new DirectoryValue({ text: sex === "male" ? "M" : "F" }),
  };
  const known = wanted.flatMap((name) => {
    const value = values[name];
    const type = directoryAttributeTypes[name];
    return value ? [new Attribute({ type, values: [AsnConvert.serialize(value)] })] : [];
  });
  return known.length === 0 ? undefined : new SubjectDirectoryAttributes(known);
}

/** Noon in GMT, so that no time zone moves the day (RFC 3739 §3.2.2); `undefined` for an incomplete date. */
function noonOf(raw: string): Date | undefined {
  const [, year = "", month = "", day = ""] = /^\d(\d{4})(\d\d)(\d\d)$/.exec(raw) ?? [];
  const date = new Date(`${year}-${month}-${day}T12:00:00Z`);
  // The parser reads 31 February as 3 March.
  const isReal = !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day) && Number(year) > 0;
  return isReal ? date : undefined;
}
