import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { acrValues } from "../../../protocol/login.ts";
import type { PartyCaller } from "./party-caller.ts";
import { type PartyGateway, startPartyGateway } from "./party-gateway.ts";

const redirectUri = "https://rp.example/cb";
let gateway: PartyGateway;
let client: PartyCaller;
beforeAll(async () => {
  gateway = await startPartyGateway();
  client = await gateway.party(undefined, { issuer: "oidc" });
});
afterAll(() => gateway?.close());

const request = (more: Record<string, string | undefined> = {}): URLSearchParams => {
  const all = {
    client_id: client.clientId,
    response_type: "code",
    redirect_uri: redirectUri,
    scope: "openid",
    state: "s",
    nonce: "n",
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
    ...more,
  };
  return new URLSearchParams(
    Object.entries(all).filter((each): each is [string, string] => each[1] !== undefined),
  );
};

/** Where the browser is sent to. */
async function authorize(issuer: "openid" | "oidc", parameters: URLSearchParams) {
  const answer = await fetch(`${gateway.url}/${issuer}/auth?${parameters.toString()}`, {
    redirect: "manual",
  });
  const location = answer.headers.get("location");
  return { status: answer.status, to: location === null ? undefined : new URL(location, gateway.url) };
}

/** The answer to a code that was never issued: `invalid_grant` once the client is authenticated. */
async function token(issuer: "openid" | "oidc", assertion: string, more: Record<string, string> = {}) {
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    code: "never-issued",
    redirect_uri: redirectUri,
    code_verifier: "v".repeat(43),
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
    ...more,
  });
  const answer = await fetch(`${gateway.url}/${issuer}/token`, { method: "POST", body });
  return (await answer.json()) as { error?: string; error_description?: string };
}

describe("metadata", () => {
  test("ok/each issuer says what is true of it", async () => {
    const of = async (issuer: string) =>
      (await (await fetch(`${gateway.url}/${issuer}/.well-known/openid-configuration`)).json()) as object;
    const [openid, oidc] = [await of("openid"), await of("oidc")];
    expect(openid).toMatchObject({
      issuer: `${gateway.url}/openid`,
      require_pushed_authorization_requests: true,
      dpop_signing_alg_values_supported: ["ES256"],
    });
    expect(oidc).toMatchObject({
      issuer: `${gateway.url}/oidc`,
      grant_types_supported: ["authorization_code"],
      scopes_supported: ["openid", "name", "address", "birthdate", "gender"],
      token_endpoint_auth_methods_supported: ["private_key_jwt"],
      token_endpoint_auth_signing_alg_values_supported: ["ES256", "PS256", "RS256"],
      id_token_signing_alg_values_supported: ["RS256", "ES256"],
      code_challenge_methods_supported: ["S256"],
      subject_types_supported: ["pairwise"],
      authorization_response_iss_parameter_supported: true,
      acr_values_supported: [acrValues.device],
    });
    for (const absent of [
      "pushed_authorization_request_endpoint",
      "backchannel_authentication_endpoint",
      "dpop_signing_alg_values_supported",
      "authorization_details_types_supported",
    ])
      expect(oidc).not.toHaveProperty(absent);
  });
});

describe("an authorization request", () => {
  test("ok/is answered by the page of its issuer", async () => {
    const { status, to } = await authorize("oidc", request());
    expect(status).toBe(303);
    expect(to?.pathname).toMatch(/^\/oidc\/login\//);
  });

  test.each([
    ["state", { state: undefined }, /state is required/],
    ["nonce", { nonce: undefined }, /nonce is required/],
    ["a long state", { state: "s".repeat(2_049) }, /state may have at most 2048 characters/],
    ["PKCE", { code_challenge: undefined, code_challenge_method: undefined }, /PKCE/],
    ["S256", { code_challenge_method: "plain" }, /code_challenge_method/],
    ["a transaction", { authorization_details: "[]" }, /transactions are signed at the issuer .*\/openid/],
    ["the card", { acr_values: acrValues.card }, /the card is requested at the issuer .*\/openid/],
    [
      "the card by an essential claim",
      { claims: JSON.stringify({ id_token: { acr: { essential: true, value: acrValues.card } } }) },
      /the card is requested at the issuer/,
      "unmet_authentication_requirements",
    ],
  ])("fail/goes back to the party with a reason: %s", async (_what, more, why, error = "invalid_request") => {
    const { to } = await authorize("oidc", request(more));
    expect(`${to?.origin}${to?.pathname}`).toBe(redirectUri);
    expect(to?.searchParams.get("error")).toBe(error);
    expect(to?.searchParams.get("error_description")).toMatch(why);
    expect(to?.searchParams.get("iss")).toBe(`${gateway.url}/oidc`);
  });

  test("fail/redirects nowhere for another address, or for a client of the other issuer", async () => {
    expect(await authorize("oidc", request({ redirect_uri: `${redirectUri}/x` }))).toEqual({ status: 400 });
    const other = await gateway.party(client.partyId);
    expect(await authorize("oidc", request({ client_id: other.clientId }))).toEqual({ status: 400 });
    expect(await authorize("openid", request())).toEqual({ status: 400 });
  });
});

describe("a client's assertion", () => {
  const issuer = () => `${gateway.url}/oidc`;
  const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

  test.each([
    ["the issuer", () => issuer()],
    ["the token endpoint", () => `${issuer()}/token`],
    ["both", () => [issuer(), `${issuer()}/token`]],
  ])("ok/aud is %s, for up to one hour", async (_what, aud) => {
    const assertion = await client.assertion({ claims: { aud: aud(), exp: inSeconds(3_590) } });
    expect(await token("oidc", assertion)).toMatchObject({ error: "invalid_grant" });
  });

  test.each([
    ["aud is the other issuer", () => ({ aud: `${gateway.url}/openid` })],
    ["aud is also somebody else", () => ({ aud: [issuer(), "https://other.example"] })],
    ["it is valid for longer than one hour", () => ({ aud: issuer(), exp: inSeconds(3_700) })],
    ["it has no jti", () => ({ aud: issuer(), jti: undefined })],
  ])("fail/%s", async (_what, claims) => {
    const assertion = await client.assertion({ claims: claims() });
    expect(await token("oidc", assertion)).toMatchObject({ error: "invalid_client" });
  });

  test("fail/it is used twice", async () => {
    const assertion = await client.assertion({ claims: { aud: issuer() } });
    expect(await token("oidc", assertion)).toMatchObject({ error: "invalid_grant" });
    expect(await token("oidc", assertion)).toMatchObject({ error: "invalid_client" });
  });

  test("fail/alg is none", async () => {
    const unsigned = [
      { alg: "none" },
      { iss: client.clientId, sub: client.clientId, aud: issuer(), jti: "a", exp: inSeconds(60) },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    expect(await token("oidc", `${unsigned}.`)).toMatchObject({ error: "invalid_client" });
  });

  test("fail/a client of one issuer is unknown to the other", async () => {
    expect(await token("openid", await client.assertion())).toMatchObject({ error: "invalid_client" });
    const other = await gateway.party(client.partyId);
    const assertion = await other.assertion({ claims: { aud: issuer() } });
    expect(await token("oidc", assertion)).toMatchObject({ error: "invalid_client" });
  });

  test("fail/a token for the party's own server is the issuer openid's", async () => {
    const assertion = await client.assertion({ claims: { aud: issuer() } });
    const answer = await token("oidc", assertion, { grant_type: "client_credentials" });
    expect(answer).toMatchObject({ error: "unsupported_grant_type" });
  });
});

describe("keys that the party publishes", () => {
  let keys: object[] = [];
  let answer: (() => string) | undefined;
  let published: Server;
  beforeAll(async () => {
    published = createServer((_request, response) => {
      response.setHeader("cache-control", "max-age=31536000");
      response.end(answer?.() ?? JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => published.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => void published?.close());

  async function publishing() {
    const { port } = published.address() as AddressInfo;
    const party = await gateway.party(undefined, {
      issuer: "oidc",
      jwksUri: `http://127.0.0.1:${port}/jwks`,
    });
    const key = async (kid: string) => {
      const { publicKey, privateKey } = await generateKeyPair("PS256", { extractable: true });
      return { jwk: { ...(await exportJWK(publicKey)), kid }, privateKey, kid };
    };
    const ask = async ({ privateKey, kid }: Awaited<ReturnType<typeof key>>) =>
      token(
        "oidc",
        await new SignJWT({
          jti: crypto.randomUUID(),
          sub: party.clientId,
          exp: Math.floor(Date.now() / 1_000) + 60,
        })
          .setProtectedHeader({ alg: "PS256", kid })
          .setIssuer(party.clientId)
          .setAudience(`${gateway.url}/oidc`)
          .sign(privateKey),
      );
    return { key, ask };
  }

  test("fail/a key that was taken down is refused from the next minute on", async () => {
    const { key, ask } = await publishing();
    const one = await key("one");
    keys = [one.jwk];
    expect(await ask(one)).toMatchObject({ error: "invalid_grant" });
    keys = [];
    gateway.clock.now = new Date(gateway.clock.now.getTime() + 60_000);
    expect(await ask(one)).toMatchObject({ error: "invalid_client" });
  });

  test("ok/two keys overlap", async () => {
    const { key, ask } = await publishing();
    const [one, two] = [await key("one"), await key("two")];
    keys = [one.jwk, two.jwk];
    expect(await ask(one)).toMatchObject({ error: "invalid_grant" });
    expect(await ask(two)).toMatchObject({ error: "invalid_grant" });
  });

  test.each([
    ["no JSON", () => "<html>"],
    ["huge", () => JSON.stringify({ keys: [], padding: "x".repeat(100_000) })],
  ])("fail/the answer is %s", async (_what, body) => {
    const { key, ask } = await publishing();
    answer = body;
    expect(await ask(await key("one"))).toMatchObject({ error: "invalid_client" });
    answer = undefined;
  });
});
