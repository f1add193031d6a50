import { differsFromAny, runsOf, toBePressed } from "../../pki/jpki/writings.ts";
import type { AttributeName } from "../../protocol/names.ts";
import { type GivenWritings } from "../../registry/attribute-record/given-writings.ts";
import type { AttributeRecord } from "../../registry/attribute-record/records.ts";
import { isLater, placeOf } from "../consent/given.ts";

/** What the person is asked about and what needs no question, given what a party has and the version it may receive. */
export interface Question {
  /** The attributes that the person decides on. */
  attributes: AttributeName[];
  /** Without a question: what the party has of the version, each attribute in the writing it was given. */
  given: GivenWritings;
}

/**
 * Compares what the party was `given` with the newest of a person's writings (oldest first, up to the version in question). An
 * attribute is asked about if it differs from any value in the record from the one given up to its change, because the party
 * may have any of them, or if it says more than the party may receive without a confirmation.
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
    // Given with the consent itself, after the version in question was proven.
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
    "A party was given a version of a person's attribute record that is missing; the registry is damaged.",
  );
