import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import { type AdapterFactory, interactionPolicy, Provider } from "oidc-provider";
import { Gateway } from "../../client/app/gateway.ts";
import type { PhoneEnrolment } from "../../client/app/phone-message.ts";
import type { IssuerName } from "../../protocol/issuer.ts";
import { phoneInteraction } from "./phone-interaction.ts";
import { redirectUri, type Site } from "./site.ts";

const fapi = {
  dPoP: { enabled: true },
  fapi: { enabled: true, profile: "2.0" as const },
  pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
};

/**
 * oidc-provider alone, with the profile of one of our issuers (`openid`: FAPI 2.0, PAR, DPoP; `oidc`: code flow with PKCE; both
 * private_key_jwt, ES256) and an interaction that approves automatically, or, with `phones`, waits for one of them; its store is `adapter`, or its own in memory.
 */
export async function startAlone(
  { clientId, publicJwk }: Site,
  issuerName: IssuerName,
  { adapter, phones }: { adapter?: AdapterFactory; phones?: PhoneEnrolment[] } = {},
): Promise<{ issuer: string; gateway: Gateway; close: () => void }> {
  const isFapi = issuerName === "openid";
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
        ...(isFapi ? { dpop_bound_access_tokens: true } : {}),
        id_token_signed_response_alg: "ES256",
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: "ES256", use: "sig" }] },
    cookies: { keys: ["bench"] },
    clientAuthMethods: ["private_key_jwt"],
    enabledJWA: {
      idTokenSigningAlgValues: ["ES256"],
      ...(isFapi ? { dPoPSigningAlgValues: ["ES256"] } : {}),
    },
    features: {
      devInteractions: { enabled: false },
      ...(isFapi ? fapi : {}),
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
  const withPhone = phones && phoneInteraction(provider, issuer, phones);
  server.on("request", (request, response) => {
    if (withPhone) void withPhone(request, response);
    else if (request.url?.startsWith("/yes/")) void provider.interactionFinished(request, response, sayYes);
    else void handle(request, response);
  });
  return { issuer, gateway: new Gateway(issuer), close: () => server.close() };
}
