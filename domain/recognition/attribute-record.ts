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

/** What the record says after something was proven, and what that is to it. */
export interface Learned {
  attributes: RecordAttributes;
  /**
   * `version`: parties are notified when the person has pressed. `writing`: no change of the person, and kept, because the
   * next change is a change of it. `nothing`: as it was.
   */
  step: "version" | "writing" | "nothing";
  /** What a clerk would call changed. Empty too where a version only says more: a whole birth date, other furigana. */
  changed: AttributeName[];
}

const all = Object.keys(membersOf) as AttributeName[];

/**
 * Takes what was proven now into the record, whose writings are given oldest first. It is compared with the newest writing,
 * and with those before it back to the last change: what several small steps come to is a change too. What was not
 * proven this time stays as it was, and so does what was known more exactly.
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
 * What each writing gains by the others, of attributes that have not changed between it and the newest: the newest by
 * those before it, and they by the newest.
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

/** An attribute with what belongs to it. */
function only(attribute: AttributeName, attributes: Partial<RecordAttributes>): Partial<RecordAttributes> {
  const members = membersOf[attribute].map((member) => [member, attributes[member]] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

/** Flags belong to one text: where none came, the same text has those it had, and another has none. */
function flagsOf(newest: RecordAttributes, proven: Partial<RecordAttributes>): Partial<RecordAttributes> {
  const { nameSubstitution, addressSubstitution } = newest;
  return {
    nameSubstitution: proven.name === newest.name ? nameSubstitution : "",
    addressSubstitution: proven.address === newest.address ? addressSubstitution : "",
  };
}

/** The writing that is known, with furigana where some came. */
const withReading = (before: Partial<RecordAttributes>, { furigana }: Partial<RecordAttributes>) => ({
  ...before,
  ...(furigana === undefined ? {} : { furigana }),
});

/** The new writing. What no certificate has (furigana, a planned move) is still true of an attribute that is the same. */
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
