import type { KoaContextWithOIDC } from "oidc-provider";
import type { Assurance } from "../../protocol/login.ts";

/** How the person proved themselves (RFC 8176): a key of the phone; with the card, a smart card and its PIN too. */
export const amrOf = (acr: Assurance): string[] => (acr === "card" ? ["pop", "sc", "pin"] : ["pop"]);

/**
 * A grant for the login that has just been answered, and for nothing later: there is no session to come back to. What
 * may be read under it is decided by the person's consents where it is read.
 */
export async function grantForLogin({ oidc }: KoaContextWithOIDC) {
  const accountId = oidc.result?.login?.accountId;
  if (accountId === undefined || !oidc.client) return undefined;
  const grant = new oidc.provider.Grant({ accountId, clientId: oidc.client.clientId });
  grant.addOIDCScope([...oidc.requestParamScopes].join(" "));
  grant.addOIDCClaims([...oidc.requestParamClaims]);
  await grant.save();
  return grant;
}
