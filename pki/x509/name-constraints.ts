import { type Cursor, constructedTag, NotDer } from "../der/cursor.ts";
import type { ExtensionType } from "./extension.ts";
import { addressesWithMask, type GeneralName, readGeneralName } from "./general-name.ts";

export interface NameConstraints {
  /** A name of a listed form must be in one of the subtrees of that form. */
  permitted: GeneralName[];
  excluded: GeneralName[];
}

/** nameConstraints (RFC 5280 §4.2.1.10), whose subtrees have neither minimum nor maximum. */
export const nameConstraints: ExtensionType<NameConstraints> = {
  oid: "2.5.29.30",
  read: (cursor) => {
    const sequence = cursor.enter();
    const permitted = readSubtrees(sequence.enterIf(constructedTag(0)));
    const excluded = readSubtrees(sequence.enterIf(constructedTag(1)));
    sequence.finish();
    if (!permitted && !excluded) throw new NotDer("nameConstraints without a subtree");
    return { permitted: permitted ?? [], excluded: excluded ?? [] };
  },
};

/** GeneralSubtrees; an IP subtree is an address and a mask. */
function readSubtrees(subtrees: Cursor | undefined): GeneralName[] | undefined {
  if (!subtrees) return undefined;
  const bases: GeneralName[] = [];
  while (!subtrees.ended) {
    const subtree = subtrees.enter();
    bases.push(readGeneralName(subtree, addressesWithMask));
    subtree.finish();
  }
  if (bases.length === 0) throw new NotDer("an empty list of subtrees");
  return bases;
}
