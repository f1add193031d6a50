import { AsnConvert } from "@peculiar/asn1-schema";
import * as asn1js from "asn1js";

/** A copy in its own ArrayBuffer, as the ASN.1 library requires. */
export const bufferOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** DER of an object of an ASN.1 schema class. */
export const encodeDer = (value: object): Uint8Array<ArrayBuffer> =>
  new Uint8Array(AsnConvert.serialize(value));

/** A SEQUENCE of already encoded values. For large or frequent ones: re-encoding them through a schema is many times slower. */
export function sequenceOf(...values: readonly Uint8Array[]): asn1js.Primitive {
  const block = new asn1js.Primitive({
    idBlock: { tagClass: 1, tagNumber: 16 },
    valueHex: Buffer.concat(values),
  });
  block.idBlock.isConstructed = true;
  return block;
}
