import { addressSubstitution, nameSubstitution } from "../../domain/login/verified-claims/claims.ts";
import type { AttributeName } from "../../protocol/names.ts";

/** The scopes of the issuer `oidc`, and the claims that each requests (OpenID Connect Core §5.4, one scope for each claim). */
export const scopeClaims = {
  name: "name",
  address: "address",
  birthdate: "dateOfBirth",
  gender: "sex",
} as const satisfies Record<string, AttributeName>;

/** The library's form of it: with a name or an address come the flags of substitutes, if there are any. */
export const claimsByScope: Record<keyof typeof scopeClaims, string[]> = {
  name: ["name", nameSubstitution],
  address: ["address", addressSubstitution],
  birthdate: ["birthdate"],
  gender: ["gender"],
};

export const oidcScopes = ["openid", ...Object.keys(scopeClaims)];

type PlainClaim = keyof typeof scopeClaims;
const plainClaims = Object.keys(scopeClaims) as PlainClaim[];

/** The attributes that the requested scopes name. */
export const attributesOfScope = (scope: unknown): AttributeName[] =>
  claimsOfScope(scope).map((claim) => scopeClaims[claim]);

/** The attributes that the `claims` parameter names for UserInfo outside `verified_claims` (OpenID Connect Core §5.5). */
export const attributesOfClaims = (userinfo: Record<string, unknown> | undefined): AttributeName[] =>
  plainClaims
    .filter((claim) => userinfo !== undefined && claim in userinfo)
    .map((claim) => scopeClaims[claim]);

/** The claims that a login requests of UserInfo, by scope or by name. */
export const plainClaimsAsked = (scope: unknown, userinfo: Record<string, unknown>): PlainClaim[] => {
  const byScope = claimsOfScope(scope);
  return plainClaims.filter((claim) => byScope.includes(claim) || claim in userinfo);
};

function claimsOfScope(scope: unknown): PlainClaim[] {
  const asked = typeof scope === "string" ? scope.split(" ") : [];
  return plainClaims.filter((claim) => asked.includes(claim));
}
