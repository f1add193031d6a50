import { AsnType, AsnTypeTypes } from "@peculiar/asn1-schema";

/**
 * To be called for each class derived from one of the schema library's: the library hands on to it what it has compiled of
 * the parent, without the fields that differ, if another test file in this worker has used the parent before.
 */
export function compileAnew(sequence: new () => object): void {
  AsnType(Object.assign({ type: AsnTypeTypes.Sequence }, { schema: undefined }))(sequence);
}
