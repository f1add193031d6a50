import type { AttributeName } from "../../protocol/names.ts";
import { sameAddress } from "./comparison/addresses.ts";
import { sameDate } from "./comparison/dates.ts";
import { sameName } from "./comparison/names.ts";
import { type Stands, standsFor } from "./comparison/same-character.ts";

/** The compared attributes, as in an attribute record. */
export interface ComparedAttributes {
  name: string;
  /** `0`/`1` for each character: `1` for a substitute. */
  nameSubstitution?: string;
  address: string;
  addressSubstitution?: string;
  /** `EYYYYMMDD`, zeros where unknown. */
  dateOfBirth: string;
  sex: string;
  movedAbroad?: { plannedDate: string } | undefined;
}

/**
 * Which of the four attributes differ, by a clerk's measure. The comparison uses a normalised form; the texts themselves are
 * unchanged. No change: another writing of the same name, place or number by the rules of `comparison/`. A change: anything
 * else, and anything that the two writings leave open, so that the person is asked. Symmetric; not transitive, because a
 * substitute or an unknown part of a date can equal several values that differ from one another.
 */
export function changedAttributes(before: ComparedAttributes, after: ComparedAttributes): AttributeName[] {
  return differing(before, after);
}

/**
 * The changed attributes, and separately those in which a kanji that a certificate can contain has replaced a substitute mark
 * (■, ＊, 〓): not a change, but not certainly the kanji behind the mark either. Not symmetric.
 */
export function notSurelyTheSame(before: ComparedAttributes, after: ComparedAttributes): AttributeName[] {
  return differing(before, after, standsFor);
}

/**
 * The changes, and the attributes in which `after` has a character for a substitute of `before`. Unknown for readings in kana,
 * of which several together replace one character.
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
