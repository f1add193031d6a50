import { AsnConvert } from "@peculiar/asn1-schema";

/** The bytes are not the DER encoding (X.690 §10, §11) of the type they should hold. */
export class NotDer extends Error {}

/** Enough nodes for the longest message read here that is not a CRL. */
const defaultNodes = 10_000;

/**
 * Reads strict DER: the parsed value is encoded again and must give the same bytes. So BER forms (indefinite or
 * needlessly long lengths), trailing bytes, unknown fields and explicit default values are all refused, and two
 * readers can never see different things in what one signature covers.
 *
 * Throws {@link NotDer}; `what` names the structure in its message.
 */
export function parseDer<T>(bytes: Uint8Array, type: new () => T, what: string, maxNodes = defaultNodes): T {
  let parsed: T;
  let again: ArrayBuffer;
  try {
    parsed = AsnConvert.parse(bytes, type, {
      berOptions: { maxDepth: 40, maxNodes, parseEmbedded: false, copyInput: false },
    });
    again = AsnConvert.serialize(parsed);
  } catch {
    throw new NotDer(`The ${what} cannot be read as ASN.1.`);
  }
  if (!Buffer.from(again).equals(bytes)) throw new NotDer(`The ${what} is not strict DER.`);
  return parsed;
}

/** Encodes a value read by {@link parseDer}, which gives its original bytes. */
export const encodeDer = (value: object): Uint8Array => new Uint8Array(AsnConvert.serialize(value));
