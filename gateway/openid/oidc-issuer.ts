import type { KoaContextWithOIDC } from "oidc-provider";
import { issuerUrl } from "../../protocol/issuer.ts";
import { acrValues } from "../../protocol/login.ts";
import { type AccountDeps, findAccountOf } from "./account.ts";
import { answerErrors } from "./error-answers.ts";
import { requireReachableAcr } from "./essential-acr.ts";
import { errors, Provider } from "./library.ts";
import { offeredScopes } from "./offered-scopes.ts";
import { requireAssertionTime } from "./proof-times.ts";
import { commonSettings, type ProviderDeps, requirePace } from "./provider.ts";
import { requestedOf } from "./requested.ts";
import { claimsByScope, oidcScopes } from "./scope-claims.ts";
import type { TokenKey } from "./signing-key.ts";
import { assertVerifiedClaims } from "./verified-claims.ts";

export interface OidcDeps extends AccountDeps, ProviderDeps {
  /** The keys that sign ID tokens; of each algorithm the first is the current one. */
  oidcKeys: readonly TokenKey[];
}

/** The longest validity of a client's assertion, seconds: what ordinary libraries use. */
const longestAssertionSeconds = 3_600;
const algorithms = ["ES256", "PS256", "RS256"] as const;
/** Validity of an access token, seconds: it is for reading UserInfo after the login, and is not bound to a key. */
const tokenSeconds = 300;
const idTokenSeconds = 600;

/**
 * The issuer `oidc` (OpenID Connect Core, code flow with PKCE) for ordinary libraries: login and UserInfo with a bearer token, and
 * nothing else. What needs the issuer `openid` is refused with a reason.
 */
export function oidcIssuer(deps: OidcDeps): Provider {
  const { publicUrl, oidcKeys } = deps;
  const issuer = issuerUrl(publicUrl, "oidc");
  const openid = issuerUrl(publicUrl, "openid");
  const audiences = [issuer, `${issuer}/token`];
  const assertion = { audiences, algorithms, longestSeconds: longestAssertionSeconds };
  const common = commonSettings(deps, "oidc", { keys: oidcKeys, assertion });
  const provider = new Provider(issuer, {
    ...common,
    // OpenID Connect Core §3.1.2.1. The library wants the session cookie, which is never read, to be sent from other sites too.
    enableHttpPostMethods: true,
    cookies: { ...common.cookies, long: { httpOnly: true, sameSite: "none" } },
    acrValues: [acrValues.device],
    scopes: oidcScopes,
    claims: {
      openid: ["sub", "acr", "amr", "auth_time"],
      verified_claims: null,
      ...claimsByScope,
    },
    clientDefaults: {
      token_endpoint_auth_method: "private_key_jwt",
      id_token_signed_response_alg: "RS256",
      subject_type: "pairwise",
    },
    enabledJWA: {
      clientAuthSigningAlgValues: [...algorithms],
      idTokenSigningAlgValues: ["RS256", "ES256"],
    },
    features: {
      claimsParameter: {
        enabled: true,
        async assertClaimsParameter(context, claims) {
          requireReachableAcr(claims, [acrValues.device], `; the card is requested at the issuer ${openid}`);
          await assertVerifiedClaims(context, claims);
        },
      },
      dPoP: { enabled: false },
      externalSigningSupport: { enabled: true, ack: "experimental-01" },
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: true },
    },
    extraParams: {
      scope: offeredScopes(oidcScopes),
      state: required("state"),
      nonce: required("nonce"),
      authorization_details: onlyAtOpenId(publicUrl, "transactions are signed"),
      acr_values: requireDeviceOnly(publicUrl),
    },
    assertJwtClientAuthClaimsAndHeader(context, { aud, exp, iat }, _header, { clientId }) {
      if ([aud].flat().some((each) => typeof each !== "string" || !audiences.includes(each)))
        throw new errors.InvalidClientAuth("aud must be the issuer or the token endpoint, and nothing else");
      if (Number(exp) > Date.now() / 1000 + longestAssertionSeconds)
        throw new errors.InvalidClientAuth("exp must be at most one hour ahead");
      requireAssertionTime(iat, new Date());
      requirePace(context, deps.limits?.client(clientId));
    },
    clientBasedCORS: () => false,
    findAccount: findAccountOf(deps),
    ttl: {
      ...common.ttl,
      AccessToken: tokenSeconds,
      Grant: idTokenSeconds,
      IdToken: idTokenSeconds,
    },
  });
  // The routes below /oidc set our public name: see routes.ts.
  provider.proxy = true;
  answerErrors(provider, "oidc", { ...deps, assertion });
  return provider;
}

/** Longest `state` and `nonce`, characters. */
const longestValue = 2_048;

type Validator = (context: KoaContextWithOIDC, value: unknown) => void;

/** OpenID Connect Core leaves both to the client; here each binds the answer to one browser's request. */
const required =
  (name: "state" | "nonce"): Validator =>
  (_context, value) => {
    if (typeof value !== "string" || value === "") throw new errors.InvalidRequest(`${name} is required`);
    // Anybody can send a request, which is stored until the login ends.
    if (value.length > longestValue)
      throw new errors.InvalidRequest(`${name} may have at most ${longestValue} characters`);
  };

const onlyAtOpenId =
  (publicUrl: string, what: string): Validator =>
  (_context, value) => {
    if (value !== undefined) throw elsewhere(publicUrl, what);
  };

const requireDeviceOnly =
  (publicUrl: string): Validator =>
  ({ oidc }) => {
    if (requestedOf(oidc.params ?? {}, "oidc").acr === "card")
      throw elsewhere(publicUrl, "the card is requested");
  };

const elsewhere = (publicUrl: string, what: string): Error =>
  new errors.InvalidRequest(
    `${what} at the issuer ${issuerUrl(publicUrl, "openid")}, with a client of its own`,
  );
