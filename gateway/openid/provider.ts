import { randomBytes } from "node:crypto";
import type { JWK } from "jose";
import { type Adapter, errors, Provider } from "oidc-provider";
import type { Pool } from "pg";
import { partyScopes } from "../../protocol/events.ts";
import { OpenIdStore } from "../../registry/openid-store.ts";
import { findPartyClient } from "../../registry/party-clients.ts";

export interface OpenIdDeps {
  pool: Pool;
  /** Where the world reaches the gateway, without a slash at its end. */
  publicUrl: string;
  /** Private JWK (ES256) that signs access tokens. */
  tokenKey: JWK;
}

const tokenSeconds = 600;

/** The issuer of parties' access tokens. */
export const openIdIssuer = (publicUrl: string): string => `${publicUrl}/openid`;

/**
 * The token endpoint: client credentials only, clients known by a signed assertion (private_key_jwt, RFC 7523), tokens
 * bound to the sender's key (DPoP, RFC 9449) and meant for this gateway's own addresses. Everything else is off.
 */
export function makeProvider({ pool, publicUrl, tokenKey }: OpenIdDeps): Provider {
  const provider = new Provider(openIdIssuer(publicUrl), {
    adapter: (model: string) =>
      model === "Client" ? clients(pool) : adapterOf(new OpenIdStore(pool, model)),
    jwks: { keys: [tokenKey] },
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    clientAuthMethods: ["private_key_jwt"],
    scopes: [...partyScopes],
    responseTypes: ["none"],
    clientDefaults: {
      grant_types: ["client_credentials"],
      response_types: [],
      redirect_uris: [],
      token_endpoint_auth_method: "private_key_jwt",
      dpop_bound_access_tokens: true,
      // No ID token is ever made, but the one key we have must be fit for one.
      id_token_signed_response_alg: "ES256",
    },
    enabledJWA: {
      clientAuthSigningAlgValues: ["ES256", "PS256", "RS256", "EdDSA"],
      dPoPSigningAlgValues: ["ES256"],
    },
    features: {
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => publicUrl,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => {
          if (resource !== publicUrl) throw new errors.InvalidTarget();
          return {
            scope: partyScopes.join(" "),
            audience: publicUrl,
            accessTokenTTL: tokenSeconds,
            accessTokenFormat: "jwt",
            jwt: { sign: { alg: "ES256" } },
          };
        },
      },
    },
    ttl: { ClientCredentials: tokenSeconds },
  });
  // The routes below /openid set what the world calls us: see routes.ts.
  provider.proxy = true;
  return provider;
}

function adapterOf(store: OpenIdStore): Adapter {
  return {
    upsert: (id, payload, seconds) => store.upsert(id, { ...payload }, seconds),
    find: (id) => store.find(id),
    consume: (id) => store.consume(id),
    destroy: (id) => store.destroy(id),
    revokeByGrantId: (grantId) => store.revokeByGrantId(grantId),
    // Interactions and device flows are off.
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
  };
}

/** Clients are the operator's to register; nobody registers them here. */
function clients(pool: Pool): Adapter {
  const readOnly = async (): Promise<never> => {
    throw new Error("Clients are registered by the operator.");
  };
  return {
    async find(id) {
      const client = id.length <= 128 ? await findPartyClient(pool, id) : undefined;
      return client && { client_id: client.id, jwks: client.jwks, scope: partyScopes.join(" ") };
    },
    upsert: readOnly,
    consume: readOnly,
    destroy: readOnly,
    revokeByGrantId: readOnly,
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
  };
}
