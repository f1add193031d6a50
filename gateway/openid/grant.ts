import type { KoaContextWithOIDC } from "oidc-provider";
import type { Assurance } from "../../protocol/login.ts";

/** Authentication methods (RFC 8176): a key of the phone; with the card also a smart card and its PIN. */
export const amrOf = (acr: Assurance): string[] => (acr === "card" ? ["pop", "sc", "pin"] : ["pop"]);

/**
 * A grant for the login that was just answered only: there is no session to return to. The person's consents decide, at the
 * time of reading, what may be read under it.
 */
export async function grantForLogin({ oidc }: KoaContextWithOIDC) {
  const accountId = oidc.result?.login?.accountId;
  if (accountId === undefined || !oidc.client) return undefined;
  const grant = new oidc.provider.Grant({ accountId, clientId: oidc.client.clientId });
  grant.addOIDCScope([...oidc.requestParamScopes].join(" "));
  // The library counts no claim whose request is a list (Identity Assurance 1.0 §5.6).
  grant.addOIDCClaims([...oidc.requestParamClaims, "verified_claims"]);
  await grant.save();
  return grant;
}
