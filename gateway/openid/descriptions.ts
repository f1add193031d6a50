import * as z from "zod";
import { described, json } from "../openapi/described.ts";

/** RFC 6749 §5.2: these endpoints use OAuth errors, so that any library of a party understands them. */
const oauthError = z.looseObject({ error: z.string(), error_description: z.string().optional() });
const refused = { "4xx": json("A refusal, as OAuth defines it", oauthError) };
/** RFC 6750 §3.1: no error if no token was sent. */
const refusedToken = {
  "4xx": json("A refusal, with WWW-Authenticate (RFC 6750 §3)", oauthError.partial()),
};

/** Authenticates the client (RFC 7523) in every request. */
const client = {
  client_assertion_type: z.literal("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
  client_assertion: z.string(),
};
const consumes = ["application/x-www-form-urlencoded"];

const tokenRequest = z.looseObject({
  ...client,
  grant_type: z.enum(["authorization_code", "client_credentials", "urn:openid:params:grant-type:ciba"]),
});
const loginTokenRequest = z.looseObject({
  ...client,
  grant_type: z.literal("authorization_code"),
  code: z.string(),
  redirect_uri: z.url(),
  code_verifier: z.string(),
});
const tokens = z.looseObject({ access_token: z.string(), token_type: z.string(), expires_in: z.number() });
const pushedRequest = z.looseObject({
  ...client,
  response_type: z.literal("code"),
  client_id: z.string(),
  redirect_uri: z.url(),
  scope: z.string(),
  code_challenge: z.string(),
  code_challenge_method: z.literal("S256"),
});
const pushed = z.looseObject({ request_uri: z.string(), expires_in: z.number() });
const backchannelRequest = z.looseObject({
  ...client,
  scope: z.string(),
  login_hint_token: z.string(),
  binding_message: z.string().max(83),
});
const backchannel = z.looseObject({ auth_req_id: z.string(), expires_in: z.number() });
const claims = z.looseObject({ sub: z.string() });

/**
 * OpenID Connect (docs/reference/login.md), as libraries read it from the discovery documents. The providers themselves read and
 * answer these requests; here they are only described.
 */
export const descriptions = {
  openid: {
    token: described({
      summary: "Tokens (RFC 6749 §3.2), bound to the caller's key (DPoP)",
      body: tokenRequest,
      consumes,
      response: { 200: json("The tokens", tokens), ...refused },
    }),
    request: described({
      summary: "Push an authorization request (RFC 9126)",
      body: pushedRequest,
      consumes,
      response: { 201: json("The request's URI", pushed), ...refused },
    }),
    backchannel: described({
      summary: "Ask a person without a browser (CIBA Core §7.1)",
      body: backchannelRequest,
      consumes,
      response: { 200: json("The request's id, for polling", backchannel), ...refused },
    }),
    userinfo: described({
      summary: "UserInfo, with verified_claims limited to the consent",
      response: { 200: json("The claims", claims), ...refusedToken },
    }),
  },
  oidc: {
    token: described({
      summary: "Tokens of a login (OpenID Connect Core §3.1.3)",
      body: loginTokenRequest,
      consumes,
      response: { 200: json("The tokens", tokens), ...refused },
    }),
    request: undefined,
    backchannel: undefined,
    userinfo: described({
      summary: "UserInfo for a bearer token, limited to the consent",
      response: { 200: json("The claims", claims), ...refusedToken },
    }),
  },
};
