import { createLocalJWKSet, errors, type JWK, jwtVerify } from "jose";
import { issuerUrl } from "../../protocol/issuer.ts";
import { shown } from "./shown.ts";

/**
 * Why an access token was refused at a resource, for its developer; or, if nothing is wrong with the token itself, the thumbprint
 * of the key to which it is bound.
 */
export async function tokenFault(
  token: string,
  { publicUrl, keys, now }: { publicUrl: string; keys: JWK[]; now: Date },
): Promise<string | { jkt: string }> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet({ keys }), {
      issuer: issuerUrl(publicUrl, "openid"),
      audience: publicUrl,
      typ: "at+jwt",
      algorithms: ["ES256"],
      currentDate: now,
    });
    const { jkt } = (payload["cnf"] ?? {}) as { jkt?: unknown };
    if (typeof jkt === "string") return { jkt };
    return "the token is not bound to a key (cnf.jkt)";
  } catch (error) {
    return because(error, publicUrl);
  }
}

function because(error: unknown, publicUrl: string): string {
  const openid = issuerUrl(publicUrl, "openid");
  if (error instanceof errors.JWTExpired)
    return `the access token has expired (exp ${shown(error.payload.exp)}): get a new one before it ends, and check the clock`;
  if (error instanceof errors.JWTClaimValidationFailed)
    return `the token's ${error.claim} is ${shown(error.payload[error.claim])}; expected a token of ${openid} for ${publicUrl}`;
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey)
    return `the access token is not signed by a key of ${openid}`;
  return `this is no access token of ${openid} for a party's own server; tokens of a login are for UserInfo only`;
}
