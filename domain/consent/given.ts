import type { AttributeName } from "../../protocol/names.ts";
import type { GivenWritings, Place } from "../../registry/attribute-record/given-writings.ts";
import {
  membersOf,
  type RecordAttributes,
  readAttributeRecord,
} from "../../registry/attribute-record/records.ts";
import type { Connection } from "../../registry/database.ts";
import type { Sealer } from "../../registry/sealing.ts";

/** Whether the first is the later version or writing of the record. */
export const isLater = (one: Place, than: Place): boolean =>
  one.version > than.version || (one.version === than.version && one.writing > than.writing);

/** The version and writing of an attribute that the party has. */
export const placeOf = (given: GivenWritings, attribute: AttributeName): Place =>
  given.kept[attribute] ?? { version: given.version, writing: given.writing };

/**
 * The attributes as the party has them, completed with what was added to those writings since. Throws if a version is missing.
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
