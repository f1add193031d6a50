import {
  addressSubstitution,
  attributesOf,
  type ClaimName,
  nameSubstitution,
} from "../../domain/login/verified-claims/claims.ts";
import type { AttributeName } from "../../protocol/names.ts";

/**
 * The scopes of the issuer `oidc`, and the claims that each requests (OpenID Connect Core §5.4, one scope for each claim): with a
 * name or an address come the flags of substituted characters, if there are any.
 */
export const claimsByScope = {
  name: ["name", nameSubstitution],
  address: ["address", addressSubstitution],
  birthdate: ["birthdate"],
  gender: ["gender"],
} as const satisfies Record<string, ClaimName[]>;

type PlainClaim = keyof typeof claimsByScope;
const plainClaims = Object.keys(claimsByScope) as PlainClaim[];

export const oidcScopes = ["openid", ...plainClaims];

/** The attributes that the requested scopes name. */
export const attributesOfScope = (scope: unknown): AttributeName[] => attributesOf(claimsOfScope(scope));

/** The attributes that the `claims` parameter names for UserInfo outside `verified_claims` (OpenID Connect Core §5.5). */
export const attributesOfClaims = (userinfo: Record<string, unknown> = {}): AttributeName[] =>
  attributesOf(plainClaims.filter((claim) => Object.hasOwn(userinfo, claim)));

/** The claims that a login requests of UserInfo, by scope or by name. */
export const plainClaimsAsked = (scope: unknown, userinfo: Record<string, unknown>): PlainClaim[] => {
  const byScope = claimsOfScope(scope);
  return plainClaims.filter((claim) => byScope.includes(claim) || Object.hasOwn(userinfo, claim));
};

function claimsOfScope(scope: unknown): PlainClaim[] {
  const asked = typeof scope === "string" ? scope.split(" ") : [];
  return plainClaims.filter((claim) => asked.includes(claim));
}
