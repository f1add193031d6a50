import { ECDSASigValue } from "@peculiar/asn1-ecc";
import { AsnConvert } from "@peculiar/asn1-schema";
import { encode, utf8 } from "../../protocol/encoding.ts";
import { labels } from "../../protocol/labels.ts";
import type { DeviceKey } from "./device-key.ts";

/** An enrolment as its phone keeps it: what signing for it takes. */
export interface PhoneEnrolment {
  enrolmentId: string;
  deviceKey: DeviceKey;
  /** The CA's issuer name, as its configuration tells it. */
  issuer: string;
}

const coordinateBytes = 32;

/**
 * Signs a message to the CA with the device key: a compact JWS (RFC 7515, ES256). The key may be in hardware, where no
 * JOSE library reaches it, so the two parts are joined here and the device signs them.
 */
export async function signPhoneMessage(
  { enrolmentId, deviceKey, issuer }: PhoneEnrolment,
  content: { type: string },
): Promise<{ message: string; jti: string }> {
  const jti = encode(crypto.getRandomValues(new Uint8Array(16)));
  const header = { alg: "ES256", typ: labels.phoneMessage, kid: enrolmentId };
  const claims = { ...content, aud: issuer, enrolmentId, iat: Math.floor(Date.now() / 1000), jti };
  const signingInput = [header, claims].map((part) => encode(utf8(JSON.stringify(part)))).join(".");
  const signature = rawSignature(await deviceKey.sign(utf8(signingInput)));
  return { message: `${signingInput}.${encode(signature)}`, jti };
}

/** JWS wants r ‖ s (RFC 7518 §3.4); device keys sign in DER. */
function rawSignature(der: Uint8Array): Uint8Array {
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
