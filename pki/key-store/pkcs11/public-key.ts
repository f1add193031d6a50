import { createPublicKey } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";

/** A public key as a token tells it: CKA_MODULUS and CKA_PUBLIC_EXPONENT, or CKA_EC_POINT and CKA_EC_PARAMS. */
export type TokenPublicKey =
  | { kind: "RSA"; modulus: Uint8Array; publicExponent: Uint8Array }
  | { kind: "EC"; point: Uint8Array; parameters: Uint8Array };

/** Octets of a coordinate, by curve: PKCS#11 wraps the uncompressed point in an OCTET STRING (PKCS#11 v2.40 §2.3.3). */
const curves: Record<number, "P-256" | "P-384"> = { 32: "P-256", 48: "P-384" };

/** The SubjectPublicKeyInfo (DER) of a token's key. Throws TypeError for keys this CA does not use. */
export function spkiOf(key: TokenPublicKey): Uint8Array {
  const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
  if (key.kind === "RSA") {
    const jwk = { kty: "RSA", n: base64url(key.modulus), e: base64url(key.publicExponent) };
    return exported(jwk);
  }
  const point = Buffer.from(AsnConvert.parse(new Uint8Array(key.point), OctetString).buffer);
  const octets = (point.length - 1) / 2;
  const crv = curves[octets];
  if (point[0] !== 4 || crv === undefined)
    throw new TypeError("The token's key is on a curve this CA does not use.");
  const [x, y] = [point.subarray(1, 1 + octets), point.subarray(1 + octets)];
  return exported({ kty: "EC", crv, x: base64url(x), y: base64url(y) });
}

const exported = (jwk: object): Uint8Array =>
  new Uint8Array(
    createPublicKey({ key: jwk, format: "jwk" } as never).export({ format: "der", type: "spki" }),
  );
