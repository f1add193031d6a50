import { joseSignature } from "../../protocol/ecdsa-signature.ts";
import { encode, utf8 } from "../../protocol/encoding.ts";
import { labels } from "../../protocol/labels.ts";
import type { DeviceKey } from "./device-key.ts";

/** An enrolment as stored by its phone: what is needed to sign for it. */
export interface PhoneEnrolment {
  enrolmentId: string;
  deviceKey: DeviceKey;
  /** The CA's issuer name, as its configuration publishes it. */
  issuer: string;
}

/**
 * Signs a message to the CA with the device key: a compact JWS (RFC 7515, ES256), assembled here, because a JOSE library cannot
 * use a hardware key.
 */
export async function signPhoneMessage(
  { enrolmentId, deviceKey, issuer }: PhoneEnrolment,
  content: { type: string },
): Promise<{ message: string; jti: string }> {
  const jti = encode(crypto.getRandomValues(new Uint8Array(16)));
  const header = { alg: "ES256", typ: labels.phoneMessage, kid: enrolmentId };
  const claims = { ...content, aud: issuer, enrolmentId, iat: Math.floor(Date.now() / 1000), jti };
  const signingInput = [header, claims].map((part) => encode(utf8(JSON.stringify(part)))).join(".");
  const signature = joseSignature(await deviceKey.sign(utf8(signingInput)));
  return { message: `${signingInput}.${encode(signature)}`, jti };
}
