import type { KoaContextWithOIDC } from "oidc-provider";
import { readRequest } from "../../domain/login/verified-claims/request.ts";
import { errors } from "./library.ts";

/** The longest `claims` parameter, characters. */
const longestClaims = 16_384;

interface ClaimsParameter {
  userinfo?: object;
  id_token?: object;
}

/**
 * Refuses a `verified_claims` request that is malformed or too large (OpenID Identity Assurance 1.0 §5.7.6), before a person is
 * asked. What is merely not available is no error: it is omitted when the claims are read (§5.7).
 * @throws InvalidRequest with the place of the fault
 */
export async function assertVerifiedClaims({ oidc }: KoaContextWithOIDC, claims: object): Promise<void> {
  if (String(oidc.params?.["claims"]).length > longestClaims)
    throw new errors.InvalidRequest(`claims is longer than ${longestClaims} characters`);
  for (const place of ["userinfo", "id_token"] as const) {
    const requested: { verified_claims?: unknown } = (claims as ClaimsParameter)[place] ?? {};
    if (!Object.hasOwn(requested, "verified_claims")) continue;
    const read = readRequest(requested.verified_claims);
    if (!read.ok) throw new errors.InvalidRequest(`claims.${place}.verified_claims${read.fault}`);
  }
}
