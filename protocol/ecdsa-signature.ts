import { ECDSASigValue } from "@peculiar/asn1-ecc";
import { AsnConvert } from "@peculiar/asn1-schema";

const coordinateBytes = 32;

/** Converts a P-256 signature from DER (RFC 3279 §2.2.3), as hardware keys return it, to the JWS form r ‖ s (RFC 7518 §3.4). */
export function joseSignature(der: Uint8Array): Uint8Array<ArrayBuffer> {
  const { r, s } = AsnConvert.parse(der, ECDSASigValue);
  const raw = new Uint8Array(2 * coordinateBytes);
  for (const [index, part] of [r, s].entries()) {
    const bytes = new Uint8Array(part);
    const start = bytes.findIndex((byte) => byte !== 0);
    const minimal = start === -1 ? new Uint8Array() : bytes.slice(start);
    raw.set(minimal, (index + 1) * coordinateBytes - minimal.length);
  }
  return raw;
}
