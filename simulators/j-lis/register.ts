import type { Place, SubjectAttributes } from "./profile.ts";
import { certificateText } from "./substitution.ts";

/** A person's entry in the resident register. Texts are as in the register, including rare kanji. */
export interface RegisterEntry extends Place {
  name: string;
  /** 旧氏: in brackets after the family name. */
  formerName?: string | undefined;
  /** Never in a certificate; only in the latest attributes. */
  furigana?: string | undefined;
  address: string;
  /** 国外転出, with the planned date, `YYYY-MM-DD`. */
  movedAbroad?: { plannedDate: string } | undefined;
  /** `EYYYYMMDD` as in the certificate: era, then the Gregorian date, zeros where unknown. */
  dateOfBirth: string;
  /** 1 male, 2 female, 3 unknown. */
  sex: string;
  alive: boolean;
}

/** Sex by the town hall's words. */
export const sexes = { male: "1", female: "2", unknown: "3" } as const;

/** The register's data in a sign certificate. */
export function subjectAttributes(entry: RegisterEntry): SubjectAttributes {
  const name = certificateText(nameWithFormer(entry));
  const address = certificateText(addressWithMove(entry));
  return {
    name: name.text,
    nameSubstitution: name.flags,
    sex: entry.sex,
    dateOfBirth: entry.dateOfBirth,
    address: address.text,
    addressSubstitution: address.flags,
  };
}

/** The former surname goes into brackets after the family name, which ends at the first full-width space. */
function nameWithFormer({ name, formerName }: RegisterEntry): string {
  if (formerName === undefined) return name;
  const [family = "", ...others] = name.split("\u3000");
  return [`${family}［${formerName}］`, ...others].join("\u3000");
}

function addressWithMove({ address, movedAbroad }: RegisterEntry): string {
  if (!movedAbroad) return address;
  const [year, month, day] = movedAbroad.plannedDate
    .split("-")
    .map((part) => fullWidth(String(Number(part))));
  return `${address}　国外転出（予定日${year}年${month}月${day}日）`;
}

const fullWidth = (digits: string): string =>
  digits.replace(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));
