import { changedAttributes } from "../../pki/jpki/comparison.ts";
import type { AttributeName } from "../../protocol/names.ts";
import { type AnchorAttributes, addAnchor, lockPerson, readAnchor } from "../../registry/anchors.ts";
import type { Connection } from "../../registry/database.ts";
import type { Sealer } from "../../registry/sealing.ts";

/**
 * Takes what was proven now, by the card or by J-LIS: a new version where an attribute has changed as a clerk would
 * see it, none where only its writing has. What was not proven this time stays as it was.
 * @returns the version in force, and the names of what changed
 */
export async function renewAnchor(
  connection: Connection,
  sealer: Sealer,
  {
    personId,
    proven,
    proof,
  }: { personId: string; proven: Partial<AnchorAttributes> } & Pick<Parameters<typeof addAnchor>[2], "proof">,
): Promise<{ version: number; changed: AttributeName[] }> {
  await lockPerson(connection, personId);
  const newest = await readAnchor(connection, sealer, personId);
  const attributes = merged(newest?.attributes, proven);
  const changed = newest ? changedAttributes(newest.attributes, attributes) : [];
  if (newest && changed.length === 0) return { version: newest.version, changed };
  const version = (newest?.version ?? 0) + 1;
  await addAnchor(connection, sealer, { personId, version, attributes, changed, proof });
  return { version, changed };
}

/** A name or address that was proven anew brings all that belongs to it. */
function merged(before: AnchorAttributes | undefined, proven: Partial<AnchorAttributes>): AnchorAttributes {
  const { furigana, formerName, movedAbroad, ...kept } = before ?? ({} as Partial<AnchorAttributes>);
  const sameName = proven.name === undefined || proven.name === before?.name;
  const sameAddress = proven.address === undefined || proven.address === before?.address;
  return {
    ...kept,
    ...(sameName && furigana !== undefined ? { furigana } : {}),
    ...(sameName && formerName !== undefined ? { formerName } : {}),
    ...(sameAddress && movedAbroad ? { movedAbroad } : {}),
    ...proven,
  } as AnchorAttributes;
}
