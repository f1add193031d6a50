/**
 * The two OpenID issuers of a gateway. A client belongs to one of them:
 * - `openid`: FAPI 2.0, with everything that a party can do.
 * - `oidc`: OpenID Connect Core for ordinary libraries, login and UserInfo only.
 */
export const issuerNames = ["openid", "oidc"] as const;
export type IssuerName = (typeof issuerNames)[number];

/** The issuer identifier (OpenID Connect Discovery §3); its path is the issuer's name. */
export const issuerUrl = (publicUrl: string, issuer: IssuerName): string => `${publicUrl}/${issuer}`;
