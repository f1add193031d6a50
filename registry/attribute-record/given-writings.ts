import * as z from "zod";
import { type AttributeName, attributeName } from "../../protocol/names.ts";
import type { Connection } from "../database.ts";
import type { Sealer } from "../sealing.ts";
import { membersOf, type RecordAttributes, readAttributeRecord } from "./records.ts";

const place = z.object({ version: z.number().int(), writing: z.number().int() });
const stored = place.extend({ kept: z.partialRecord(attributeName, place).default({}) });

/** One writing of one version of a person's attribute record. */
export type Place = z.infer<typeof place>;

/**
 * The writings of the attribute record that a party was given: one of all attributes, but for those it has from
 * another one: an earlier one that is no change, or a later one that it was given with the consent itself.
 */
export type GivenWritings = z.infer<typeof stored>;

/** Reads the column; what is absent, or of another version, is the first writing of the version that was disclosed. */
export function givenWritings(column: unknown, version: number): GivenWritings {
  const given = column === null ? undefined : stored.parse(column);
  return given?.version === version ? given : { version, writing: 0, kept: {} };
}

export const isLater = (one: Place, than: Place): boolean =>
  one.version > than.version || (one.version === than.version && one.writing > than.writing);

/** From where the party has an attribute. */
export const placeOf = (given: GivenWritings, attribute: AttributeName): Place =>
  given.kept[attribute] ?? { version: given.version, writing: given.writing };

/**
 * The attributes as the party has them, with what was added to those writings since. Throws where a version is gone.
 * `provenAt` is when the disclosed version was proven.
 */
export async function readGiven(
  connection: Connection,
  sealer: Sealer,
  personId: string,
  given: GivenWritings,
): Promise<{ attributes: RecordAttributes; provenAt: Date }> {
  const { attributes, provenAt } = await readPlace(connection, sealer, personId, given);
  const held = { ...attributes };
  for (const [attribute, place] of Object.entries(given.kept) as [AttributeName, Place][]) {
    const kept = await readPlace(connection, sealer, personId, place);
    for (const member of membersOf[attribute]) delete held[member];
    for (const member of membersOf[attribute])
      if (kept.attributes[member] !== undefined) Object.assign(held, { [member]: kept.attributes[member] });
  }
  return { attributes: held, provenAt };
}

async function readPlace(
  connection: Connection,
  sealer: Sealer,
  personId: string,
  { version, writing }: Place,
) {
  const record = await readAttributeRecord(connection, sealer, personId, version, writing);
  if (!record)
    throw new Error(
      `There is no version ${version} of a person's attribute record; the registry is damaged.`,
    );
  return record;
}
