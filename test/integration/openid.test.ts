import { expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { partyClient } from "./party.ts";
import { expectRefusal } from "./refusal.ts";
import { stack } from "./stack.ts";

test("ok/a registered client finds the token endpoint, gets a token, and is known by it", async () => {
  const party = await partyClient();
  expect((await party.discover()).serverMetadata()).toMatchObject({
    issuer: `${stack.gateway}/openid`,
    token_endpoint: `${stack.gateway}/openid/token`,
    grant_types_supported: expect.not.arrayContaining(["refresh_token", "implicit"]),
    require_pushed_authorization_requests: true,
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["private_key_jwt"],
    backchannel_token_delivery_modes_supported: ["poll", "ping"],
    subject_types_supported: ["pairwise"],
    authorization_response_iss_parameter_supported: true,
  });
  expect(decodeJwt(await party.token())).toMatchObject({ aud: stack.gateway, client_id: party.clientId });
  expect((await party.call("GET", "/ssf/streams")).body).toEqual([]);
});

test("fail/a stolen token, a proof again, and no token: one refusal, with what to do next", async () => {
  const [party, thief] = [await partyClient(), await partyClient()];
  const url = `${stack.gateway}/ssf/streams`;
  const token = await party.token();
  const proof = await party.proof("GET", url, token);
  expect((await party.send("GET", "/ssf/streams", { token, proof })).status).toBe(200);
  for (const given of [{ token, proof }, { token, proof: await thief.proof("GET", url, token) }, { token }]) {
    const { status, headers, body } = await party.send("GET", "/ssf/streams", given);
    expectRefusal({ status, headers, text: JSON.stringify(body) }, "PARTY_TOKEN_INVALID", 401);
    expect(headers.get("www-authenticate")).toMatch(/^DPoP /);
  }
});

test("fail/the provider serves nothing but what a party needs", async () => {
  for (const path of ["/openid/reg", "/openid/session/end", "/openid/token/introspection"])
    expect((await fetch(`${stack.gateway}${path}`, { method: "POST" })).status).toBe(404);
  expect((await fetch(`${stack.gateway}/openid/auth`, { method: "POST" })).status).toBe(405);
});

test("fail/the test setting says why a client is not known", async () => {
  for (const issuer of ["openid", "oidc"]) {
    const answer = await fetch(`${stack.gateway}/${issuer}/token`, {
      method: "POST",
      headers: { accept: "text/html" },
      body: new URLSearchParams({ grant_type: "authorization_code", client_id: "nobody" }),
    });
    expect({ status: answer.status, body: await answer.json() }).toEqual({
      status: 401,
      body: { error: "invalid_client", error_description: "no client nobody is registered here" },
    });
  }
});
