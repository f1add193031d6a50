import type { AttributeName } from "../../protocol/names.ts";
import { sameAddress } from "./comparison/addresses.ts";
import { sameDate } from "./comparison/dates.ts";
import { sameName } from "./comparison/names.ts";
import { type Stands, standsFor } from "./comparison/same-character.ts";

/** The attributes that are compared, as an anchor has them. */
export interface ComparedAttributes {
  name: string;
  /** `0`/`1` for each character: `1` where it is a substitute. */
  nameSubstitution?: string;
  address: string;
  addressSubstitution?: string;
  /** `EYYYYMMDD`, zeros where unknown. */
  dateOfBirth: string;
  sex: string;
  movedAbroad?: { plannedDate: string } | undefined;
}

/**
 * Which of the four attributes differ, as a clerk would see it. The texts themselves stay as they are; this looks at a
 * form made for comparing only. No change: another writing of the same name, place or number by the rules of
 * `comparison/`. A change: all else, and what the two writings leave open, so that the person is asked. Symmetric; not
 * transitive, as a substitute or an unknown part of a date can be one with several that differ among themselves.
 */
export function changedAttributes(before: ComparedAttributes, after: ComparedAttributes): AttributeName[] {
  return differing(before, after);
}

/**
 * What has changed, and beside it the attributes in which a kanji that a certificate can write has taken the place of a mark
 * (■, ＊, 〓): no change, and not surely the kanji behind the mark. Not symmetric.
 */
export function notSurelyTheSame(before: ComparedAttributes, after: ComparedAttributes): AttributeName[] {
  return differing(before, after, standsFor);
}

/**
 * What has changed, and beside it the attributes in which a substitute of `before` stands for a character that `after` has. Of
 * readings in kana, which stand for one character together, this is not known.
 */
export function changedOrSubstituted(before: ComparedAttributes, after: ComparedAttributes): AttributeName[] {
  return differing(before, after, () => false);
}

function differing(
  before: ComparedAttributes,
  after: ComparedAttributes,
  beforeStands?: Stands,
): AttributeName[] {
  const same: Record<AttributeName, boolean> = {
    name: sameName(nameOf(before), nameOf(after), beforeStands),
    address:
      sameAddress(addressOf(before), addressOf(after), beforeStands) &&
      before.movedAbroad?.plannedDate === after.movedAbroad?.plannedDate,
    dateOfBirth: sameDate(before.dateOfBirth, after.dateOfBirth),
    sex: before.sex === after.sex,
  };
  return (Object.keys(same) as AttributeName[]).filter((attribute) => !same[attribute]);
}

const nameOf = ({ name, nameSubstitution }: ComparedAttributes) => ({ text: name, flags: nameSubstitution });
const addressOf = ({ address, addressSubstitution }: ComparedAttributes) => ({
  text: address,
  flags: addressSubstitution,
});
