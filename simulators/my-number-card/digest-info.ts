import * as asn1js from "asn1js";

const sha384Bytes = 48;
/** DER of a SHA-384 DigestInfo before the digest (RFC 8017 §9.2). */
const sha384DigestInfo = Buffer.from("3041300d060960864801650304020205000430", "hex");

/** The digest in a SHA-384 DigestInfo; undefined for anything else. */
export function sha384DigestOf(bytes: Uint8Array): Uint8Array | undefined {
  const prefix = bytes.subarray(0, sha384DigestInfo.length);
  const digest = bytes.subarray(sha384DigestInfo.length);
  return sha384DigestInfo.equals(prefix) && digest.length === sha384Bytes ? digest : undefined;
}

/**
 * Whether the bytes are a DigestInfo (RFC 8017 §9.2): an algorithm and a digest, and nothing after them. Refuses a bare hash,
 * as a verifier later would.
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
