import { differsFromAny, runsOf, toBePressed } from "../../pki/jpki/writings.ts";
import type { AttributeName } from "../../protocol/names.ts";
import { type GivenWritings } from "../../registry/attribute-record/given-writings.ts";
import type { AttributeRecord } from "../../registry/attribute-record/records.ts";
import { isLater, placeOf } from "../consent/given.ts";

/** What a party has, and the version it may receive: what the person is asked about, and what needs no question. */
export interface Question {
  /** The attributes that the person decides about. */
  attributes: AttributeName[];
  /** What the party has of the version where there is nothing to decide: each attribute in the writing it was given. */
  given: GivenWritings;
}

/**
 * Compares what the party was `given` with the newest of a person's writings (oldest first, up to the version in
 * question). An attribute is asked about where it is a change of anything the record has said since it was given and before
 * it changed, for what the party has may be any of that; and where it says more than the party may receive without a press.
 */
export function questionOf(
  writings: readonly AttributeRecord[],
  given: GivenWritings,
  consented: readonly AttributeName[],
): Question {
  const newest = writings.at(-1);
  if (!newest) throw damaged();
  const said = writings.map(({ attributes }) => attributes);
  const attributes: AttributeName[] = [];
  const kept: GivenWritings["kept"] = {};
  for (const attribute of consented) {
    const place = placeOf(given, attribute);
    // Given with the consent itself, after what is in question was proven.
    if (isLater(place, newest)) {
      kept[attribute] = place;
      continue;
    }
    const index = writings.findLastIndex(
      ({ version, writing }) => version === place.version && writing <= place.writing,
    );
    const held = said[index];
    if (!held) throw damaged();
    const runs = runsOf(attribute, said);
    const isSameRun = runs[index] === runs.at(-1);
    const run = said.filter((_, other) => runs[other] === runs[index]);
    const isChange = !isSameRun && differsFromAny(attribute, run, newest.attributes);
    if (isChange || toBePressed(held, newest.attributes).includes(attribute)) attributes.push(attribute);
    else if (isSameRun) kept[attribute] = place;
  }
  return { attributes, given: { version: newest.version, writing: newest.writing, kept } };
}

const damaged = (): Error =>
  new Error(
    "A party was given a version of a person's attribute record that is gone; the registry is damaged.",
  );
