import { createPublicKey } from "node:crypto";
import { ECParameters, id_secp256r1, id_secp384r1 } from "@peculiar/asn1-ecc";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";

/** A public key as a token reports it: CKA_MODULUS and CKA_PUBLIC_EXPONENT, or CKA_EC_POINT and CKA_EC_PARAMS. */
export type TokenPublicKey =
  | { kind: "RSA"; modulus: Uint8Array; publicExponent: Uint8Array }
  | { kind: "EC"; point: Uint8Array; parameters: Uint8Array };

const curves: Record<string, { crv: "P-256" | "P-384"; octets: number }> = {
  [id_secp256r1]: { crv: "P-256", octets: 32 },
  [id_secp384r1]: { crv: "P-384", octets: 48 },
};

/**
 * The SubjectPublicKeyInfo (DER) of a token's key. Throws for keys that this CA does not use, and for points not on their
 * curve.
 */
export function spkiOf(key: TokenPublicKey): Uint8Array {
  if (key.kind === "RSA")
    return exported({ kty: "RSA", n: base64url(key.modulus), e: base64url(key.publicExponent) });
  const { namedCurve = "" } = AsnConvert.parse(new Uint8Array(key.parameters), ECParameters);
  const curve = curves[namedCurve];
  if (curve === undefined) throw new TypeError("The token's key is on a curve this CA does not use.");
  const { crv, octets } = curve;
  const point = pointOf(key.point, 1 + 2 * octets);
  if (point.length !== 1 + 2 * octets || point[0] !== 4)
    throw new TypeError("The token does not return the whole point of its key.");
  const [x, y] = [point.subarray(1, 1 + octets), point.subarray(1 + octets)];
  return exported({ kty: "EC", crv, x: base64url(x), y: base64url(y) });
}

/** PKCS#11 wraps the point in an OCTET STRING (v2.40 §2.3.3); some devices return the bare point, which is shorter. */
const pointOf = (point: Uint8Array, length: number): Uint8Array =>
  point.length === length
    ? point
    : new Uint8Array(AsnConvert.parse(new Uint8Array(point), OctetString).buffer);

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

const exported = (
  key: { kty: "RSA"; n: string; e: string } | { kty: "EC"; crv: string; x: string; y: string },
) => new Uint8Array(createPublicKey({ key, format: "jwk" }).export({ format: "der", type: "spki" }));
