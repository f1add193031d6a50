import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from "jose";
import type { PartyCaller } from "./party-caller.ts";
import { type PartyGateway, startPartyGateway } from "./party-gateway.ts";

// Each test is named after the modules of the OpenID Foundation's conformance suite whose request it sends.

const redirectUri = "https://rp.example/cb";
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
let gateway: PartyGateway;
let client: PartyCaller;
let other: PartyCaller;
let oidcClient: PartyCaller;
beforeAll(async () => {
  gateway = await startPartyGateway();
  client = await gateway.party();
  other = await gateway.party();
  oidcClient = await gateway.party(undefined, { issuer: "oidc" });
});
afterAll(() => gateway?.close());

type Parameters = Record<string, string | undefined>;
const formOf = (parameters: Parameters): URLSearchParams =>
  new URLSearchParams(
    Object.entries(parameters).filter((each): each is [string, string] => each[1] !== undefined),
  );

const right: Parameters = {
  response_type: "code",
  redirect_uri: redirectUri,
  scope: "openid",
  code_challenge: challenge,
  code_challenge_method: "S256",
};

/** A pushed request, right but for `more`. */
async function push(more: Parameters = {}, wrong: Parameters & { dpop?: string } = {}) {
  const address = `${gateway.url}/openid/request`;
  const { dpop, ...credentials } = wrong;
  const answer = await fetch(address, {
    method: "POST",
    headers: { dpop: dpop ?? (await client.proof("POST", address, "")) },
    body: formOf({
      client_id: client.clientId,
      ...right,
      ...more,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await client.assertion(),
      ...credentials,
    }),
  });
  return { status: answer.status, ...((await answer.json()) as { request_uri?: string; error?: string }) };
}

/** Where the browser is sent by the authorization endpoint. */
async function visit(issuer: "openid" | "oidc", parameters: Parameters, method: "GET" | "POST" = "GET") {
  const form = formOf(parameters);
  const address = `${gateway.url}/${issuer}/auth`;
  const answer = await (method === "GET"
    ? fetch(`${address}?${form.toString()}`, { redirect: "manual" })
    : fetch(address, { method: "POST", body: form, redirect: "manual" }));
  const location = answer.headers.get("location");
  const to = location === null ? undefined : new URL(location, gateway.url);
  return { status: answer.status, path: to?.pathname, error: to?.searchParams.get("error") ?? undefined };
}
const visitPushed = (request_uri: string | undefined, of = client) =>
  visit("openid", { client_id: of.clientId, request_uri });
const loginPage = { status: 303, path: expect.stringMatching(/^\/(?:openid|oidc)\/login\//) };

describe("FAPI 2.0 Security Profile: pushed requests", () => {
  test.each<[string, () => Parameters]>([
    ["without-state", () => ({ state: undefined })],
    ["without-nonce", () => ({ nonce: undefined })],
    ["with-64-char-nonce", () => ({ nonce: "n".repeat(64) })],
    ["with-long-nonce", () => ({ nonce: "n".repeat(384) })],
    ["with-long-state", () => ({ state: "s".repeat(384) })],
    ["ensure-other-scope-order", () => ({ scope: "attributes openid" })],
    ["par-without-duplicate-parameters", () => ({})],
  ])("ok/%s", async (_module, more) => {
    const pushed = await push(more());
    expect(pushed).toMatchObject({ status: 201 });
    expect(await visitPushed(pushed.request_uri)).toMatchObject(loginPage);
  });

  test.each<[string, Parameters, string]>([
    [
      "ensure-pkce-required",
      { code_challenge: undefined, code_challenge_method: undefined },
      "invalid_request",
    ],
    ["plain-pkce-rejected", { code_challenge_method: "plain" }, "invalid_request"],
    [
      "ensure-response-type-code-idtoken-fails",
      { response_type: "code id_token" },
      "unsupported_response_type",
    ],
    ["ensure-response-type-token-fails", { response_type: "token" }, "unsupported_response_type"],
    ["ensure-redirect-uri-in-authorization-request", { redirect_uri: undefined }, "invalid_request"],
    ["ensure-registered-redirect-uri", { redirect_uri: `${redirectUri}/x` }, "invalid_request"],
    [
      "containing-request_uri-form-param",
      { request_uri: "urn:ietf:params:oauth:request_uri:x" },
      "request_uri_not_supported",
    ],
    ["a request object", { request: "e30.e30." }, "request_not_supported"],
  ])("fail/%s", async (_module, more, error) => {
    expect(await push(more)).toMatchObject({ status: 400, error });
  });

  test("fail/ensure-unsigned-authorization-request-without-using-par-fails", async () => {
    const answer = await visit("openid", { client_id: client.clientId, ...right });
    expect(answer).toMatchObject({ status: 303, path: "/cb", error: "invalid_request" });
  });

  test("ok/inside-and-outside-request-object: only what was pushed counts", async () => {
    const { request_uri } = await push({ state: "pushed", nonce: "pushed" });
    const outside = { state: "other", nonce: "other", redirect_uri: "https://evil.example/cb" };
    const answer = await visit("openid", { client_id: client.clientId, request_uri, ...outside });
    expect(answer).toMatchObject(loginPage);
    const { provider } = gateway;
    const interaction = await provider.Interaction.find(answer.path?.split("/").at(-1) ?? "");
    expect(interaction?.params).toMatchObject({
      state: "pushed",
      nonce: "pushed",
      redirect_uri: redirectUri,
    });
  });

  test("fail/attempt-invalid-http-method", async () => {
    const { status } = await fetch(`${gateway.url}/openid/request`, { method: "PUT" });
    expect([404, 405]).toContain(status);
  });

  test("ok/ensure-reused-request-uri-prior-to-auth-completion-succeeds", async () => {
    const { request_uri } = await push();
    expect(await visitPushed(request_uri)).toMatchObject(loginPage);
    expect(await visitPushed(request_uri)).toMatchObject(loginPage);
  });

  test("fail/attempt-to-use-request_uri-for-different-client", async () => {
    const { request_uri } = await push();
    expect(await visitPushed(request_uri, other)).toMatchObject({ status: 400 });
  });

  test("fail/attempt-to-use-expired-request_uri", async () => {
    const { request_uri } = await push();
    await gateway.registry.pool.query(
      "update openid_payloads set expires_at = now() - interval '1 second' where model = 'PushedAuthorizationRequest'",
    );
    expect(await visitPushed(request_uri)).toMatchObject({ status: 400 });
  });
});

describe("FAPI 2.0 Security Profile: the client's assertion", () => {
  const asserted = async (claims: Record<string, unknown>) =>
    push({}, { client_assertion: await client.assertion({ claims }) });

  test.each<[string, () => Record<string, unknown>]>([
    ["array-as-audience", () => ({ aud: [`${gateway.url}/openid`] })],
    ["par-endpoint-url-as-audience", () => ({ aud: `${gateway.url}/openid/request` })],
    ["token-endpoint-url-as-audience", () => ({ aud: `${gateway.url}/openid/token` })],
    ["with-wrong-aud", () => ({ aud: "https://other.example" })],
    ["with-no-sub", () => ({ sub: undefined })],
  ])("fail/%s", async (_module, claims) => {
    expect(await asserted(claims())).toMatchObject({ status: 401, error: "invalid_client" });
  });

  test("fail/ensure-client-id-in-token-endpoint", async () => {
    const answer = await client.ask(undefined, { client_id: other.clientId });
    expect(answer).toMatchObject({ status: 400, error: "invalid_request" });
  });

  test("fail/ensure-signed-client-assertion-with-RS256-fails", async () => {
    const { privateKey } = await generateKeyPair("RS256");
    const assertion = await new SignJWT({ jti: randomBytes(8).toString("hex") })
      .setProtectedHeader({ alg: "RS256" })
      .setIssuer(client.clientId)
      .setSubject(client.clientId)
      .setAudience(`${gateway.url}/openid`)
      .setExpirationTime("1m")
      .sign(privateKey);
    expect(await push({}, { client_assertion: assertion })).toMatchObject({ error: "invalid_client" });
  });
});

describe("FAPI 2.0 Security Profile: DPoP", () => {
  const thumbprint = async () => calculateJwkThumbprint(await exportJWK((await client.dpop).publicKey));

  test("ok/ensure-dpop-auth-code-binding-success: dpop_jkt of the proof's key", async () => {
    expect(await push({ dpop_jkt: await thumbprint() })).toMatchObject({ status: 201 });
  });

  test("ok/access-token-type-header-case-sensitivity", async () => {
    const authorization = `dpop ${await client.token()}`;
    const { status } = await client.call("GET", "/ssf/streams", undefined, { headers: { authorization } });
    expect(status).toBe(200);
  });

  test("fail/ensure-mismatched-dpop-jkt-fails", async () => {
    const keys = await generateKeyPair("ES256");
    const dpop = await client.proof("POST", `${gateway.url}/openid/request`, "", { keys });
    expect(await push({ dpop_jkt: await thumbprint() }, { dpop })).toMatchObject({ status: 400 });
  });
});

describe("OpenID Connect Basic OP", () => {
  const withNonce: Parameters = { ...right, state: "s", nonce: "n" };
  const ask = (more: Parameters, method?: "POST") =>
    visit("oidc", { client_id: oidcClient.clientId, ...withNonce, ...more }, method);

  test.each<[string, Parameters]>([
    ["oidcc-alternate-happy-flow", { scope: "address openid" }],
    ["oidcc-scope-profile, oidcc-scope-email, oidcc-scope-phone", { scope: "openid profile email phone" }],
    ["oidcc-display-page", { display: "page" }],
    ["oidcc-display-popup", { display: "popup" }],
    ["oidcc-prompt-login", { prompt: "login" }],
    ["oidcc-max-age-1", { max_age: "1" }],
    ["oidcc-max-age-10000", { max_age: "10000" }],
    ["oidcc-login-hint", { login_hint: "buffy@rp.example" }],
    ["oidcc-ui-locales", { ui_locales: "se" }],
    ["oidcc-claims-locales", { claims_locales: "se" }],
    ["oidcc-ensure-request-with-acr-values-succeeds", { acr_values: "urn:kazasu:acr:device" }],
    ["oidcc-ensure-request-with-unknown-parameter-succeeds", { extra: "foobar" }],
    ["oidcc-claims-essential", { claims: '{"userinfo":{"name":{"essential":true}}}' }],
  ])("ok/%s", async (_module, more) => {
    expect(await ask(more)).toMatchObject(loginPage);
  });

  test("ok/oidcc-ensure-post-request-succeeds", async () => {
    expect(await ask({}, "POST")).toMatchObject(loginPage);
  });

  test.each<[string, Parameters, string]>([
    ["oidcc-response-type-missing", { response_type: undefined }, "invalid_request"],
    ["oidcc-prompt-none-not-logged-in", { prompt: "none" }, "login_required"],
    ["oidcc-ensure-request-without-nonce-succeeds-for-code-flow", { nonce: undefined }, "invalid_request"],
    ["oidcc-request-uri-unsigned", { request_uri: "https://rp.example/r.jwt" }, "request_uri_not_supported"],
    ["oidcc-unsigned-request-object", { request: "eyJhbGciOiJub25lIn0.e30." }, "request_not_supported"],
  ])("fail/%s: goes back with %j: %s", async (_module, more, error) => {
    expect(await ask(more)).toMatchObject({ status: 303, path: "/cb", error });
  });

  test("fail/oidcc-ensure-registered-redirect-uri", async () => {
    expect(await ask({ redirect_uri: `${redirectUri}/x` })).toMatchObject({ status: 400, path: undefined });
  });
});
