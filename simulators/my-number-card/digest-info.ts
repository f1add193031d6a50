import * as asn1js from "asn1js";

const sha384Bytes = 48;
/** DER of DigestInfo up to the digest (RFC 8017 §9.2), SHA-384. */
const sha384DigestInfo = Buffer.from("3041300d060960864801650304020205000430", "hex");

/** The digest inside a DigestInfo of SHA-384; undefined for anything else. */
export function sha384DigestOf(bytes: Uint8Array): Uint8Array | undefined {
  const prefix = bytes.subarray(0, sha384DigestInfo.length);
  const digest = bytes.subarray(sha384DigestInfo.length);
  return sha384DigestInfo.equals(prefix) && digest.length === sha384Bytes ? digest : undefined;
}

/**
 * True when the bytes are a DigestInfo (RFC 8017 §9.2): an algorithm and a digest, and nothing after them.
 * A driver that sends a bare hash is refused here, as it would find out later from a verifier.
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
