import {
  type Additions,
  additionsTo,
  differsFromAny,
  runsOf,
  saysLess,
  toBePressed,
} from "../../pki/jpki/writings.ts";
import type { AttributeName } from "../../protocol/names.ts";
import { membersOf, type RecordAttributes } from "../../registry/attribute-record/records.ts";

/** The record after a proof, and the kind of difference. */
export interface Learned {
  attributes: RecordAttributes;
  /**
   * `version`: parties are notified once the person has confirmed. `writing`: no change of the person, stored because the next
   * change is compared with it. `nothing`: unchanged.
   */
  step: "version" | "writing" | "nothing";
  /** What a clerk would call changed. Also empty for a version that only says more: a whole birth date, other furigana. */
  changed: AttributeName[];
}

const all = Object.keys(membersOf) as AttributeName[];

/**
 * Compares the attributes proven now with the record, whose writings are given oldest first: with the newest writing, and with
 * those before it back to the last change, because several small differences can add up to a change. An attribute that was not
 * proven this time is unchanged, and a more exact earlier value is kept.
 */
export function learn(writings: readonly RecordAttributes[], proven: Partial<RecordAttributes>): Learned {
  const newest = writings.at(-1);
  if (!newest) return { attributes: proven as RecordAttributes, step: "version", changed: [] };
  const changed: AttributeName[] = [];
  const attributes = all.map((attribute) => {
    const before = only(attribute, newest);
    if (proven[attribute] === undefined) return before;
    const after = only(attribute, { ...flagsOf(newest, proven), ...proven });
    const next = { ...newest, ...after };
    if (differsFromAny(attribute, currentRun(attribute, writings), next)) {
      changed.push(attribute);
      return after;
    }
    return saysLess(attribute, newest, next) ? withReading(before, after) : withRest(before, after);
  });
  const merged = Object.assign({}, ...attributes) as RecordAttributes;
  return { attributes: merged, step: stepOf(newest, merged, changed), changed };
}

/**
 * What each writing gains from the others, for attributes unchanged between it and the newest: the newest from the earlier
 * ones, and they from the newest.
 */
export function additionsAmong(writings: readonly RecordAttributes[]): Additions[] {
  const runs = all.map((attribute) => ({ attribute, runs: runsOf(attribute, writings) }));
  const unchangedSince = (index: number): AttributeName[] =>
    runs.filter((of) => of.runs[index] === of.runs.at(-1)).map(({ attribute }) => attribute);
  const newest = writings.reduceRight((known, writing, index) => ({
    ...known,
    ...additionsTo(known, writing, unchangedSince(index)),
  }));
  return writings.map((writing, index) => additionsTo(writing, newest, unchangedSince(index)));
}

function currentRun(attribute: AttributeName, writings: readonly RecordAttributes[]): RecordAttributes[] {
  const runs = runsOf(attribute, writings);
  return writings.filter((_, index) => runs[index] === runs.at(-1));
}

/** An attribute with the members that belong to it. */
function only(attribute: AttributeName, attributes: Partial<RecordAttributes>): Partial<RecordAttributes> {
  const members = membersOf[attribute].map((member) => [member, attributes[member]] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

/** Flags belong to one text: without new flags, the same text keeps its flags, and another text has none. */
function flagsOf(newest: RecordAttributes, proven: Partial<RecordAttributes>): Partial<RecordAttributes> {
  const { nameSubstitution, addressSubstitution } = newest;
  return {
    nameSubstitution: proven.name === newest.name ? nameSubstitution : "",
    addressSubstitution: proven.address === newest.address ? addressSubstitution : "",
  };
}

/** The known writing, with furigana if some were supplied. */
const withReading = (before: Partial<RecordAttributes>, { furigana }: Partial<RecordAttributes>) => ({
  ...before,
  ...(furigana === undefined ? {} : { furigana }),
});

/** The new writing. What no certificate has (furigana, a planned move) stays true of an unchanged attribute. */
function withRest(before: Partial<RecordAttributes>, after: Partial<RecordAttributes>) {
  const { formerName, ...rest } = before;
  const isSameName = formerName !== undefined && before.name === after.name;
  return { ...rest, ...(isSameName ? { formerName } : {}), ...after };
}

function stepOf(
  newest: RecordAttributes,
  next: RecordAttributes,
  changed: readonly AttributeName[],
): Learned["step"] {
  if (changed.length > 0 || toBePressed(newest, next).length > 0) return "version";
  const isAsBefore = all.every(
    (attribute) => JSON.stringify(only(attribute, newest)) === JSON.stringify(only(attribute, next)),
  );
  return isAsBefore ? "nothing" : "writing";
}
