import { type CryptoKey, jwtVerify } from "jose";

/**
 * Verifies the sender of a push (RFC 8292): `vapid t=<JWT>, k=<P-256 point>`. The JWT is signed by that key, for this
 * push service, and ends within a day. Returns the key, base64url, or `undefined`.
 */
export async function verifyVapid(header: string | undefined, audience: string): Promise<string | undefined> {
  const [, token, key] = /^vapid t=([\w.-]{1,2048}),\s*k=([\w-]{87})$/.exec(header ?? "") ?? [];
  if (token === undefined || key === undefined) return undefined;
  try {
    const point = Buffer.from(key, "base64url");
    const verify = (await crypto.subtle.importKey(
      "raw",
      point,
      { name: "ECDSA", namedCurve: "P-256" },
      false,
      ["verify"],
    )) as CryptoKey;
    const { payload } = await jwtVerify(token, verify, {
      algorithms: ["ES256"],
      audience,
      requiredClaims: ["exp", "sub"],
    });
    const endsSoon = (payload.exp ?? 0) <= Date.now() / 1_000 + 24 * 3_600 + 60;
    return endsSoon ? key : undefined;
  } catch {
    return undefined;
  }
}
