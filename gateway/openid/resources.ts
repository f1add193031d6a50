import type { KoaContextWithOIDC } from "oidc-provider";
import { partyScopes } from "../../protocol/events.ts";
import { errors } from "./library.ts";
import { requireOffered } from "./offered-scopes.ts";

/** Lifetime of a party's own token, seconds. */
export const tokenSeconds = 600;

/**
 * The audience of tokens (RFC 8707). A party's own token: this gateway's endpoints. A login's token: UserInfo, which has no
 * resource; for a transaction the provider requires a resource, and the token is still for UserInfo.
 */
export function resources(publicUrl: string) {
  const transactions = `${publicUrl}/v1/transactions`;
  return {
    enabled: true as const,
    // The types require a resource; a login without a transaction has none.
    defaultResource: ({ oidc }: KoaContextWithOIDC): string => {
      if (isForItself(oidc.params)) return publicUrl;
      // oxlint-disable-next-line typescript/no-non-null-assertion -- none, which the types do not know
      return oidc.params?.["authorization_details"] === undefined ? undefined! : transactions;
    },
    useGrantedResource: ({ oidc }: KoaContextWithOIDC): boolean => isForItself(oidc.params),
    getResourceServerInfo({ oidc }: KoaContextWithOIDC, resource: string) {
      const isOwn = isForItself(oidc.params);
      if (resource !== (isOwn ? publicUrl : transactions)) throw new errors.InvalidTarget();
      if (isOwn) requireOffered(oidc.params?.["scope"], partyScopes);
      return {
        scope: isOwn ? partyScopes.join(" ") : "",
        audience: resource,
        accessTokenTTL: tokenSeconds,
        accessTokenFormat: "jwt" as const,
        jwt: { sign: { alg: "ES256" as const } },
      };
    },
  };
}

/** Whether a party's server requests a token for itself. */
const isForItself = (parameters: Record<string, unknown> | undefined): boolean =>
  parameters?.["grant_type"] === "client_credentials";
