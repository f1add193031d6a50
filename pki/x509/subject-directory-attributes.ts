import { Cursor, NotDer, tags } from "../der/cursor.ts";
import type { ExtensionType } from "./extension.ts";

/** Attribute types of RFC 3739 §3.2.2. */
export const directoryAttributes = {
  dateOfBirth: "1.3.6.1.5.5.7.9.1",
  gender: "1.3.6.1.5.5.7.9.3",
} as const;

export interface DirectoryAttribute {
  type: string;
  /** DER of each value. */
  values: Uint8Array[];
}

/** subjectDirectoryAttributes (RFC 5280 §4.2.1.8): at least one, each with at least one value. */
export const subjectDirectoryAttributes: ExtensionType<DirectoryAttribute[]> = {
  oid: "2.5.29.9",
  read: (cursor) => {
    const sequence = cursor.enter();
    const attributes: DirectoryAttribute[] = [];
    while (!sequence.ended) {
      const attribute = sequence.enter();
      attributes.push({ type: attribute.objectIdentifier(), values: readValues(attribute.any()) });
      attribute.finish();
    }
    if (attributes.length === 0) throw new NotDer("subjectDirectoryAttributes without an attribute");
    return attributes;
  },
};

/** SET SIZE (1..MAX) OF ANY, whose order was checked. */
function readValues(der: Uint8Array): Uint8Array[] {
  const set = new Cursor(der).enter(tags.set);
  const values: Uint8Array[] = [];
  while (!set.ended) values.push(set.any());
  if (values.length === 0) throw new NotDer("an attribute without a value");
  return values;
}
