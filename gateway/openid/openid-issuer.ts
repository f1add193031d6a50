import { partyScopes } from "../../protocol/events.ts";
import { issuerUrl } from "../../protocol/issuer.ts";
import { acrValues } from "../../protocol/login.ts";
import { findAccountOf } from "./account.ts";
import { type BackchannelDeps, backchannelFeature } from "./backchannel.ts";
import { answerErrors } from "./error-answers.ts";
import { requireReachableAcr } from "./essential-acr.ts";
import { errors, Provider } from "./library.ts";
import { offeredScopes } from "./offered-scopes.ts";
import { requireAssertionTime, requireProofTime } from "./proof-times.ts";
import { commonSettings, type ProviderDeps, requirePace } from "./provider.ts";
import { resources, tokenSeconds } from "./resources.ts";
import type { TokenKey } from "./signing-key.ts";
import { transactionDetails } from "./transaction-details.ts";
import { usedKey } from "./used-key.ts";
import { assertVerifiedClaims } from "./verified-claims.ts";

export interface OpenIdDeps extends BackchannelDeps, ProviderDeps {
  /** The keys that sign parties' access and ID tokens; the first is the current one. */
  tokenKeys: readonly TokenKey[];
}

/** The longest validity of a client's assertion, seconds. */
const longestAssertionSeconds = 600;
const algorithms = ["ES256", "PS256", "EdDSA"] as const;
const scopes = ["openid", ...partyScopes];

/**
 * The issuer `openid` (FAPI 2.0 Security Profile): pushed requests, the back channel (CIBA), and client credentials for a party's
 * own server; every token is bound to its sender's key (DPoP, RFC 9449).
 */
export function openIdIssuer(deps: OpenIdDeps): Provider {
  const { pool, publicUrl, tokenKeys } = deps;
  const issuer = issuerUrl(publicUrl, "openid");
  const assertion = { audiences: [issuer], algorithms, longestSeconds: longestAssertionSeconds };
  const common = commonSettings(deps, "openid", { keys: tokenKeys, assertion });
  const findAccount = findAccountOf(deps);
  const provider = new Provider(issuer, {
    ...common,
    acrValues: Object.values(acrValues),
    scopes,
    extraParams: { scope: offeredScopes(scopes) },
    claims: { verified_claims: null, openid: ["sub", "acr", "amr", "auth_time", "login_hint_token"] },
    clientDefaults: {
      token_endpoint_auth_method: "private_key_jwt",
      dpop_bound_access_tokens: true,
      id_token_signed_response_alg: "ES256",
      subject_type: "pairwise",
    },
    enabledJWA: {
      clientAuthSigningAlgValues: [...algorithms],
      dPoPSigningAlgValues: ["ES256"],
      idTokenSigningAlgValues: ["ES256"],
    },
    features: {
      ciba: backchannelFeature(deps),
      claimsParameter: {
        enabled: true,
        async assertClaimsParameter(context, claims) {
          requireReachableAcr(claims, Object.values(acrValues));
          await assertVerifiedClaims(context, claims);
        },
      },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      externalSigningSupport: { enabled: true, ack: "experimental-01" },
      devInteractions: { enabled: false },
      fapi: { enabled: true, profile: "2.0" },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: true },
      richAuthorizationRequests: transactionDetails(pool),
      resourceIndicators: resources(publicUrl),
    },
    assertJwtClientAuthClaimsAndHeader(context, { aud, exp, iat }, _header, { clientId }) {
      // FAPI 2.0 §5.3.2.1: `aud` is the issuer only. A longer validity could outlast our record of its use.
      if (aud !== issuer) throw new errors.InvalidClientAuth("aud must be the issuer alone");
      if (Number(exp) > Date.now() / 1000 + longestAssertionSeconds)
        throw new errors.InvalidClientAuth("exp must be at most ten minutes ahead");
      const now = new Date();
      requireAssertionTime(iat, now);
      requirePace(context, deps.limits?.client(clientId));
      const proof = context.get("DPoP");
      if (proof !== "") requireProofTime(proof, now);
      // RFC 9449 §5: every token here is bound to its sender's key.
      else if (context.oidc.route === "token") throw new errors.InvalidDpopProof("a DPoP proof is needed");
    },
    extraTokenClaims: (context, { kind }) =>
      kind === "ClientCredentials" ? usedKey(pool, context) : undefined,
    // Pages may only read claims, and only pages of registered redirect origins.
    clientBasedCORS: ({ oidc }, origin, { redirectUris = [] }) =>
      oidc.route === "userinfo" && redirectUris.some((uri) => new URL(uri).origin === origin),
    findAccount(context, ...of) {
      // The client does not authenticate at UserInfo, so the proof's time is checked here.
      if (context.oidc.route === "userinfo") requireProofTime(context.get("DPoP"), new Date());
      return findAccount(context, ...of);
    },
    ttl: {
      ...common.ttl,
      AccessToken: tokenSeconds,
      BackchannelAuthenticationRequest: (_context, request) =>
        Math.min(Number(request.params?.["requested_expiry"] ?? 300), 300),
      ClientCredentials: tokenSeconds,
      Grant: 2 * tokenSeconds,
      IdToken: tokenSeconds,
    },
  });
  // The routes below /openid set our public name: see routes.ts.
  provider.proxy = true;
  answerErrors(provider, "openid", { ...deps, assertion });
  return provider;
}
