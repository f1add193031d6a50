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

/** The way out to addresses that parties have registered, never into our own networks; `workers/outbound.ts` makes it. */
export interface OutsideFetch {
  /** How a party's server is pinged. */
  fetchOutside: (url: string, init: RequestInit) => Promise<Response>;
}

export interface OpenIdDeps extends BackchannelDeps, OutsideFetch {
  limits?: Pick<ProvenLimits, "client">;
  pool: Pool;
  sealer: Sealer;
  /** Where the world reaches the gateway, without a slash at its end. */
  publicUrl: string;
  /** The keys that sign parties' access and ID tokens; the first does now. */
  tokenKeys: readonly TokenKey[];
  /** A secret of all gateways together; keys for cookies are made of it. */
  secret: Uint8Array;
}

/** How far ahead a client's assertion may end, seconds. */
const longestAssertionSeconds = 600;
/** A browser stays with one login for this long, seconds: two tries of five minutes. */
const interactionSeconds = 600;

/** The issuer of parties' tokens. */
export const openIdIssuer = (publicUrl: string): string => `${publicUrl}/openid`;

/** Names that browsers take only over TLS where there is any (RFC 6265bis §4.1.3). */
export function cookieNames(publicUrl: string): { session: string; interaction: string; resume: string } {
  const prefix = publicUrl.startsWith("https:") ? "__Secure-" : "";
  return {
    session: `${prefix}kazasu_session`,
    interaction: `${prefix}kazasu_login`,
    resume: `${prefix}kazasu_resume`,
  };
}

/** Whoever asks too often, and has shown who they are, waits. @throws CustomOIDCProviderError: HTTP 429 */
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
 * The OpenID provider (FAPI 2.0 Security Profile): code by pushed requests with PKCE, the back channel (CIBA), and
 * client credentials for a party's own server. Clients prove themselves by a signed assertion (private_key_jwt, RFC
 * 7523), every token is bound to its sender's key (DPoP, RFC 9449), and subjects are pairwise by party.
 */
export function makeProvider(deps: OpenIdDeps): Provider {
  const { pool, sealer, publicUrl, tokenKeys } = deps;
  const policy = interactionPolicy.base();
  // What a party may read is the person's consent, given in the app and checked where it is read.
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
      // FAPI 2.0 §5.3.2.1: the issuer, and nothing beside it. What lives longer could outlive our memory of its use.
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
    // Claims alone are read by pages, those of the places that logins come back to.
    clientBasedCORS: ({ oidc }, origin, { redirectUris = [] }) =>
      oidc.route === "userinfo" && redirectUris.some((uri) => new URL(uri).origin === origin),
    findAccount(context, ...of) {
      // No client proves itself where claims are read, so the time of the proof is held here.
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
  // The routes below /openid set what the world calls us: see routes.ts.
  provider.proxy = true;
  return provider;
}
