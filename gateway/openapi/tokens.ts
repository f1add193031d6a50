import { z } from "zod";
import { json, type Paths } from "./operation.ts";

/** RFC 6749 §5.2: these addresses speak OAuth, so that any library of a party understands their refusals. */
const oauthError = z.looseObject({ error: z.string(), error_description: z.string().optional() });
const refused = { "4XX": { description: "A refusal, as OAuth tells it", content: json(oauthError) } };

/** Proves the client (RFC 7523) with every request. */
const client = {
  client_assertion_type: z.literal("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
  client_assertion: z.string(),
};
const form = (body: z.ZodType) => ({
  required: true,
  content: { "application/x-www-form-urlencoded": { schema: z.toJSONSchema(body, { io: "input" }) } },
});

const tokenRequest = z.looseObject({
  ...client,
  grant_type: z.enum(["authorization_code", "client_credentials", "urn:openid:params:grant-type:ciba"]),
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

/** OpenID Connect (docs/reference/login.md): what a library reads from the discovery document, for those who want to look. */
export const tokenPaths: Paths = {
  "/openid/token": {
    post: {
      summary: "Tokens (RFC 6749 §3.2), bound to the caller's key (DPoP)",
      requestBody: form(tokenRequest),
      responses: { 200: { description: "The tokens", content: json(tokens) }, ...refused },
    },
  },
  "/openid/request": {
    post: {
      summary: "Push an authorization request (RFC 9126)",
      requestBody: form(pushedRequest),
      responses: { 201: { description: "How to name it", content: json(pushed) }, ...refused },
    },
  },
  "/openid/backchannel": {
    post: {
      summary: "Ask a person without a browser (CIBA Core §7.1)",
      requestBody: form(backchannelRequest),
      responses: {
        200: { description: "How to ask for the outcome", content: json(backchannel) },
        ...refused,
      },
    },
  },
  "/openid/me": {
    get: {
      summary: "UserInfo, with verified_claims as far as the consent goes",
      responses: { 200: { description: "The claims", content: json(claims) }, ...refused },
    },
  },
};
