import * as asn1js from "asn1js";

/**
 * True when the bytes are a DigestInfo (RFC 8017 §9.2): an algorithm and a digest, and nothing after them.
 * A driver that sends a bare hash is told so here, as it would find out later from a verifier.
 */
export function isDigestInfo(bytes: Uint8Array): boolean {
  const schema = new asn1js.Sequence({
    value: [
      new asn1js.Sequence({
        value: [new asn1js.ObjectIdentifier(), new asn1js.Any({ optional: true })],
      }),
      new asn1js.OctetString(),
    ],
  });
  const parsed = asn1js.verifySchema(bytes, schema);
  return parsed.verified && parsed.result.blockLength === bytes.length;
}
