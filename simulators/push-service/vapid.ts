import { type CryptoKey, jwtVerify } from "jose";

const longestSeconds = 24 * 3_600;
/** Tolerance for the sender's clock. */
const leewaySeconds = 60;

/**
 * Verifies the sender of a push (RFC 8292 §3): `vapid t=<JWT>, k=<P-256 point>`. The JWT is signed by that key, for this push
 * service, has a contact, and expires within a day. Returns the key, base64url, or `undefined`.
 */
export async function verifyVapid(header: string | undefined, audience: string): Promise<string | undefined> {
  const parameters = /^vapid (.{1,4096})$/i.exec(header ?? "")?.[1];
  const token = /(?:^|,)\s*t=([\w.-]+)\s*(?:,|$)/.exec(parameters ?? "")?.[1];
  const key = /(?:^|,)\s*k=([\w-]{87})\s*(?:,|$)/.exec(parameters ?? "")?.[1];
  if (token === undefined || key === undefined) return undefined;
  try {
    const { payload } = await jwtVerify(token, await keyOf(key), {
      algorithms: ["ES256"],
      audience,
      requiredClaims: ["exp", "sub"],
    });
    const endsInTime = Number(payload.exp) <= Date.now() / 1_000 + longestSeconds + leewaySeconds;
    return endsInTime ? key : undefined;
  } catch {
    return undefined;
  }
}

async function keyOf(point: string): Promise<CryptoKey> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  return crypto.subtle.importKey("raw", Buffer.from(point, "base64url"), algorithm, false, ["verify"]);
}
