import { AsnConvert } from "@peculiar/asn1-schema";
import * as asn1js from "asn1js";

/** A copy in a buffer of its own, as the ASN.1 library wants its values. */
export const bufferOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** DER of an object of an ASN.1 schema class. */
export const encodeDer = (value: object): Uint8Array<ArrayBuffer> =>
  new Uint8Array(AsnConvert.serialize(value));

/**
 * A SEQUENCE around DER that is encoded already, one value after the other. For what is large or made often: encoding
 * it once more through its schema takes many times as long.
 */
export function sequenceOf(...values: readonly Uint8Array[]): asn1js.Primitive {
  const block = new asn1js.Primitive({
    idBlock: { tagClass: 1, tagNumber: 16 },
    valueHex: Buffer.concat(values),
  });
  block.idBlock.isConstructed = true;
  return block;
}
