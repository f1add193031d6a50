import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import { type AdapterFactory, interactionPolicy, Provider } from "oidc-provider";
import { redirectUri, type Site } from "./site.ts";

/**
 * oidc-provider alone: the same profile (FAPI 2.0, PAR, DPoP, private_key_jwt, ES256) and an interaction that approves
 * automatically; its store is `adapter`, or its own in memory.
 */
export async function startAlone(
  { clientId, publicJwk }: Site,
  adapter?: AdapterFactory,
): Promise<{ issuer: string; close: () => void }> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const policy = interactionPolicy.base();
  policy.remove("consent");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    ...(adapter ? { adapter } : {}),
    clients: [
      {
        client_id: clientId,
        jwks: { keys: [publicJwk] },
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: "private_key_jwt",
        dpop_bound_access_tokens: true,
        id_token_signed_response_alg: "ES256",
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: "ES256", use: "sig" }] },
    cookies: { keys: ["bench"] },
    clientAuthMethods: ["private_key_jwt"],
    enabledJWA: { idTokenSigningAlgValues: ["ES256"], dPoPSigningAlgValues: ["ES256"] },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: true },
      fapi: { enabled: true, profile: "2.0" },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    },
    interactions: { policy, url: (_context, { uid }) => `/yes/${uid}` },
    pkce: { required: () => true },
    findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
    async loadExistingGrant({ oidc }) {
      const accountId = oidc.result?.login?.accountId;
      if (accountId === undefined || !oidc.client) return undefined;
      const grant = new oidc.provider.Grant({ accountId, clientId: oidc.client.clientId });
      grant.addOIDCScope("openid");
      await grant.save();
      return grant;
    },
  });
  const handle = provider.callback();
  const sayYes = { login: { accountId: "somebody", remember: false } };
  server.on("request", (request, response) => {
    if (request.url?.startsWith("/yes/")) void provider.interactionFinished(request, response, sayYes);
    else void handle(request, response);
  });
  return { issuer, close: () => server.close() };
}
