import type { KoaContextWithOIDC } from "oidc-provider";
import type { Pool } from "pg";
import { partyScopes } from "../../protocol/events.ts";
import { acrValues } from "../../protocol/login.ts";
import { keyedHash, type Sealer } from "../../registry/sealing.ts";
import type { ProvenLimits } from "../limits/proven-limits.ts";
import { findAccountOf, subjectOf } from "./account.ts";
import { clientAdapter, makeAdapter, makeFetch, replayAdapter } from "./adapter.ts";
import { type BackchannelDeps, backchannelFeature } from "./backchannel.ts";
import { renderError } from "./error-page.ts";
import { grantForLogin } from "./grant.ts";
import { errors, interactionPolicy, Provider } from "./library.ts";
import { clockSkewSeconds, requireAssertionTime, requireProofTime } from "./proof-times.ts";
import { resources, tokenSeconds } from "./resources.ts";
import { StoredSigningKey, type TokenKey } from "./signing-key.ts";
import { transactionDetails } from "./transaction-details.ts";
import { verifiableClaims } from "./verified-claims.ts";

/** Requests to endpoints registered by parties, never into our own networks; built in `workers/outbound.ts`. */
export interface OutsideFetch {
  /** Sends a ping to a party's server. */
  fetchOutside: (url: string, init: RequestInit) => Promise<Response>;
}

export interface OpenIdDeps extends BackchannelDeps, OutsideFetch {
  limits?: Pick<ProvenLimits, "client">;
  pool: Pool;
  sealer: Sealer;
  /** The gateway's public URL, without a trailing slash. */
  publicUrl: string;
  /** The keys that sign parties' access and ID tokens; the first is the current one. */
  tokenKeys: readonly TokenKey[];
  /** A secret shared by all gateways; cookie keys are derived from it. */
  secret: Uint8Array;
}

/** The longest validity of a client's assertion, seconds. */
const longestAssertionSeconds = 600;
/** How long a browser stays in one login, seconds: two attempts of five minutes. */
const interactionSeconds = 600;

/** The issuer of parties' tokens. */
export const openIdIssuer = (publicUrl: string): string => `${publicUrl}/openid`;

/** Cookie names with a prefix that browsers accept only over TLS, if TLS is used (RFC 6265bis §4.1.3). */
export function cookieNames(publicUrl: string): { session: string; interaction: string; resume: string } {
  const prefix = publicUrl.startsWith("https:") ? "__Secure-" : "";
  return {
    session: `${prefix}kazasu_session`,
    interaction: `${prefix}kazasu_login`,
    resume: `${prefix}kazasu_resume`,
  };
}

/** An authenticated client that exceeds its limit must wait. @throws CustomOIDCProviderError: HTTP 429 */
function requirePace(context: KoaContextWithOIDC, waitSeconds: number | undefined): void {
  if (waitSeconds === undefined) return;
  context.set("retry-after", String(waitSeconds));
  const error = new errors.CustomOIDCProviderError(
    "temporarily_unavailable",
    "too many requests of this client",
  );
  throw Object.assign(error, { status: 429, statusCode: 429, expose: true });
}

/**
 * The OpenID provider (FAPI 2.0 Security Profile): code flow with pushed requests and PKCE, the back channel (CIBA), and client
 * credentials for a party's own server. Clients authenticate by a signed assertion (private_key_jwt, RFC 7523), every token is
 * bound to its sender's key (DPoP, RFC 9449), and subjects are pairwise by party.
 */
export function makeProvider(deps: OpenIdDeps): Provider {
  const { pool, sealer, publicUrl, tokenKeys } = deps;
  const policy = interactionPolicy.base();
  // A party may read what the person has consented to in the app; that is checked at the time of reading.
  policy.remove("consent");
  const findAccount = findAccountOf(deps);
  const provider = new Provider(openIdIssuer(publicUrl), {
    adapter(model: string) {
      if (model === "Client") return clientAdapter(pool);
      return model === "ReplayDetection" ? replayAdapter(pool) : makeAdapter(pool, sealer, model);
    },
    jwks: { keys: tokenKeys.map((key) => new StoredSigningKey(key)) },
    cookies: {
      names: cookieNames(publicUrl),
      keys: [keyedHash(deps.secret, "openid-cookies").toString("base64url")],
    },
    acrValues: Object.values(acrValues),
    clientAuthMethods: ["private_key_jwt"],
    scopes: ["openid", ...partyScopes],
    claims: { verified_claims: null, openid: ["sub", "acr", "amr", "auth_time", "login_hint_token"] },
    subjectTypes: ["pairwise"],
    responseTypes: ["code", "none"],
    clientDefaults: {
      token_endpoint_auth_method: "private_key_jwt",
      dpop_bound_access_tokens: true,
      id_token_signed_response_alg: "ES256",
      subject_type: "pairwise",
    },
    enabledJWA: {
      clientAuthSigningAlgValues: ["ES256", "PS256", "EdDSA"],
      dPoPSigningAlgValues: ["ES256"],
      idTokenSigningAlgValues: ["ES256"],
    },
    discovery: {
      verified_claims_supported: true,
      claims_in_verified_claims_supported: verifiableClaims,
    },
    features: {
      ciba: backchannelFeature(deps),
      claimsParameter: { enabled: true },
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
    clockTolerance: clockSkewSeconds,
    assertJwtClientAuthClaimsAndHeader(context, { aud, exp, iat }, _header, { clientId }) {
      // FAPI 2.0 §5.3.2.1: `aud` is the issuer only. A longer validity could outlast our record of its use.
      if (aud !== openIdIssuer(publicUrl)) throw new errors.InvalidClientAuth("aud must be the issuer alone");
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
    renderError,
    // Pages may only read claims, and only pages of registered redirect origins.
    clientBasedCORS: ({ oidc }, origin, { redirectUris = [] }) =>
      oidc.route === "userinfo" && redirectUris.some((uri) => new URL(uri).origin === origin),
    findAccount(context, ...of) {
      // The client does not authenticate at UserInfo, so the proof's time is checked here.
      if (context.oidc.route === "userinfo") requireProofTime(context.get("DPoP"), new Date());
      return findAccount(context, ...of);
    },
    loadExistingGrant: grantForLogin,
    pairwiseIdentifier: (_context, accountId) => subjectOf(pool, accountId),
    sectorIdentifierUriValidate: () => false,
    expiresWithSession: () => false,
    interactions: { policy, url: (_context, { uid }) => `/openid/login/${uid}` },
    pkce: { required: () => true },
    fetch: makeFetch(pool, deps.fetchOutside) as typeof fetch,
    ttl: {
      AccessToken: tokenSeconds,
      AuthorizationCode: 60,
      BackchannelAuthenticationRequest: (_context, request) =>
        Math.min(Number(request.params?.["requested_expiry"] ?? 300), 300),
      ClientCredentials: tokenSeconds,
      Grant: 2 * tokenSeconds,
      IdToken: tokenSeconds,
      Interaction: interactionSeconds,
      Session: interactionSeconds,
    },
  });
  // The routes below /openid set our public name: see routes.ts.
  provider.proxy = true;
  return provider;
}
