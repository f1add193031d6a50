import { AsnConvert } from "@peculiar/asn1-schema";

/** A copy in a buffer of its own, as the ASN.1 library wants its values. */
export const bufferOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** DER of an object of an ASN.1 schema class. */
export const encodeDer = (value: object): Uint8Array<ArrayBuffer> =>
  new Uint8Array(AsnConvert.serialize(value));

/**
 * Parses DER strictly: what is read must encode to the same bytes again. The library alone accepts BER, ignores
 * trailing bytes and drops list items it cannot read. Throws on anything else.
 */
export function parseDer<T extends object>(der: Uint8Array, schema: new () => T): T {
  const value = AsnConvert.parse(bufferOf(der), schema);
  if (Buffer.compare(encodeDer(value), der) !== 0) throw new SyntaxError("This is not DER of its type.");
  return value;
}
