import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { acrValues } from "../../../protocol/login.ts";
import {
  type ErrorResponseForm,
  type OAuthEndpoint,
  type OAuthErrorEntry,
  oauthErrors,
} from "../../../protocol/oauth-errors.ts";
import { accessTokenOf } from "./access-tokens.ts";
import type { PartyCaller } from "./party-caller.ts";
import { type PartyGateway, startPartyGateway } from "./party-gateway.ts";
import { type RawAnswer, RawRequests } from "./raw-requests.ts";

/** The catalogue of OAuth errors is true: each entry is provoked where it says, and is told as it says. */

let gateway: PartyGateway;
let limited: PartyGateway;
let party: PartyCaller;
let openid: RawRequests;
let oidc: RawRequests;
beforeAll(async () => {
  [gateway, limited] = await Promise.all([
    startPartyGateway(),
    startPartyGateway(undefined, { perMinute: 1 }),
  ]);
  party = await gateway.party();
  openid = new RawRequests(gateway.url, party, "openid");
  oidc = new RawRequests(gateway.url, await gateway.party(undefined, { issuer: "oidc" }), "oidc");
});
afterAll(async () => {
  await gateway?.close();
  await limited?.close();
});

const unknownAcr = JSON.stringify({ id_token: { acr: { essential: true, value: "urn:unknown" } } });
const ciba = "urn:openid:params:grant-type:ciba";

/** A client that may not log anybody in. */
async function serverOnly(): Promise<RawRequests> {
  const other = await gateway.party();
  await gateway.registry.pool.query(
    "update party_clients set redirect_uris = '{}', backchannel = null where id = $1",
    [other.clientId],
  );
  return new RawRequests(gateway.url, other, "openid");
}

/** A login without a browser in this state. */
async function authReqId(state: "open" | "denied" | "expired"): Promise<string> {
  const { provider } = gateway;
  const client = await provider.Client.find(party.clientId);
  const given = { client: client!, accountId: randomUUID(), scope: "openid", params: {} };
  const request = new provider.BackchannelAuthenticationRequest(given);
  if (state === "denied") Object.assign(request, { error: "access_denied" });
  if (state === "expired") Object.assign(request, { exp: Math.floor(Date.now() / 1_000) - 1 });
  return request.save();
}

/** Exhausts the limit of an address. */
async function atTheDoor(ask: (requests: RawRequests) => Promise<RawAnswer>): Promise<RawAnswer> {
  const requests = new RawRequests(limited.url, party, "openid");
  await ask(requests);
  return ask(requests);
}

/** Without this table nothing below the issuer works. */
async function broken(ask: () => Promise<RawAnswer>): Promise<RawAnswer> {
  const { pool } = gateway.registry;
  await pool.query("alter table openid_payloads rename to away");
  try {
    return await ask();
  } finally {
    await pool.query("alter table away rename to openid_payloads");
  }
}

const withProof = async (wrong: Parameters<PartyCaller["proof"]>[3], scope = "ssf") => {
  const token = await party.token(scope);
  const proof = await party.proof("GET", `${gateway.url}/ssf/streams`, token, wrong);
  return resource({ token, proof });
};
async function resource(given: Parameters<PartyCaller["send"]>[2]): Promise<RawAnswer> {
  const { status, headers, body } = await party.send("GET", "/ssf/streams", given);
  const error = /error="(\w+)"/.exec(headers.get("www-authenticate") ?? "")?.[1];
  return { status, headers, body, text: "", to: undefined, error, description: undefined };
}
async function userinfo(scope: string, wrong: Record<string, unknown> = {}): Promise<RawAnswer> {
  const token = await accessTokenOf(gateway.provider, party, scope);
  const dpop = await party.proof("GET", `${gateway.url}/openid/me`, token, { claims: wrong });
  return openid.me({ authorization: `DPoP ${token}`, dpop });
}
const browser = { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } };
const stale = { dpop: "stale" };

type Provoked = `${keyof typeof oauthErrors} ${OAuthEndpoint} ${ErrorResponseForm}`;

/** How each entry is provoked. A string names the test that does. */
const provoke: Partial<Record<Provoked, string | (() => Promise<RawAnswer>)>> = {
  "invalid_request auth redirect": () => oidc.auth({ state: undefined }),
  "invalid_request request 400": () => openid.push({ redirect_uri: "https://rp.example/other" }),
  "invalid_request request 405": () => openid.post("request", {}, { method: "GET", bare: true }),
  "invalid_request token 400": () => openid.token({ grant_type: undefined }),
  "invalid_request token 405": () => oidc.post("token", {}, { method: "GET", bare: true }),
  "invalid_request backchannel 400": () =>
    openid.backchannel({ login_hint_token: undefined, login_hint: "a" }),
  "invalid_request backchannel 405": () => openid.post("backchannel", {}, { method: "PUT", bare: true }),
  "invalid_request me 400": () => openid.me({ authorization: "DPoP no-proof" }),
  "invalid_request me 405": () => oidc.get("/me", { method: "DELETE" }),
  "invalid_client auth page": () => oidc.auth({ client_id: "nobody" }, browser),
  "invalid_client request 401": () => openid.push({}, { bare: true }),
  "invalid_client token 401": () => oidc.token({}, { bare: true }),
  "invalid_client backchannel 401": () => openid.backchannel({ client_id: party.clientId }, { bare: true }),
  "invalid_grant token 400": () => oidc.token(),
  "unauthorized_client request 400": async () => (await serverOnly()).push(),
  "unauthorized_client token 400": async () => (await serverOnly()).token(),
  "unauthorized_client backchannel 400": async () => (await serverOnly()).backchannel(),
  "unsupported_grant_type token 400": () => oidc.token({ grant_type: "client_credentials" }),
  "unsupported_response_type auth redirect": () => oidc.auth({ response_type: "token" }),
  "unsupported_response_type request 400": () => openid.push({ response_type: "code id_token" }),
  "unsupported_response_mode auth redirect": () => oidc.auth({ response_mode: "jwt" }),
  "unsupported_response_mode request 400": () => openid.push({ response_mode: "jwt" }),
  "invalid_scope auth redirect": () => oidc.auth({ scope: "openid adress" }),
  "invalid_scope request 400": () => openid.push({ scope: "openid admin" }),
  "invalid_scope token 400": () => openid.token({ grant_type: "client_credentials", scope: "ssf admin" }),
  "invalid_scope backchannel 400": () => openid.backchannel({ scope: "openid admin" }),
  "invalid_target token 400": () =>
    openid.token({ grant_type: "client_credentials", resource: "https://other.example" }),
  "invalid_authorization_details request 400": () =>
    openid.push({ authorization_details: '[{"type":"other"}]' }),
  "invalid_authorization_details backchannel 400": () =>
    openid.backchannel({ authorization_details: '[{"type":"other"}]' }),
  "invalid_dpop_proof request 400": () => openid.push({}, { headers: stale }),
  "invalid_dpop_proof token 400": () => openid.token({}, { headers: stale }),
  "invalid_dpop_proof backchannel 400": () => openid.backchannel({}, { headers: stale }),
  "invalid_dpop_proof me 401": () => userinfo("openid", { htm: "POST" }),
  "invalid_dpop_proof resources 401": () => withProof({ claims: { htm: "POST" } }),
  "invalid_token me 401": () => oidc.me({ authorization: "Bearer unknown" }),
  "invalid_token resources 401": () => resource({ token: "unknown", proof: "unknown" }),
  "insufficient_scope me 403": () => userinfo("ssf"),
  "insufficient_scope resources 403": () => withProof({}, "attributes"),
  "invalid_redirect_uri auth page": () => oidc.auth({ redirect_uri: "https://rp.example/other" }, browser),
  "invalid_request_uri auth page": () =>
    openid.get(
      `/auth?client_id=${party.clientId}&request_uri=urn:ietf:params:oauth:request_uri:used`,
      browser,
    ),
  "request_not_supported auth redirect": () => oidc.auth({ request: "a.b.c" }),
  "request_not_supported request 400": () => openid.push({ request: "a.b.c" }),
  "request_uri_not_supported auth redirect": () => oidc.auth({ request_uri: "https://rp.example/request" }),
  "request_uri_not_supported request 400": () => openid.push({ request_uri: "https://rp.example/request" }),
  "registration_not_supported auth redirect": () => oidc.auth({ registration: "{}" }),
  "registration_not_supported request 400": () => openid.push({ registration: "{}" }),
  "login_required auth redirect": () => oidc.auth({ prompt: "none" }),
  "access_denied auth redirect": "test/integration/login.test.ts",
  "access_denied token 400": async () =>
    openid.token({ grant_type: ciba, auth_req_id: await authReqId("denied") }),
  "unmet_authentication_requirements auth redirect": () => oidc.auth({ claims: unknownAcr }),
  "unmet_authentication_requirements request 400": () => openid.push({ claims: unknownAcr }),
  "unmet_authentication_requirements backchannel 400": () => openid.backchannel({ claims: unknownAcr }),
  "authorization_pending token 400": async () =>
    openid.token({ grant_type: ciba, auth_req_id: await authReqId("open") }),
  "expired_token token 400": async () =>
    openid.token({ grant_type: ciba, auth_req_id: await authReqId("expired") }),
  "unknown_user_id backchannel 400": () => openid.backchannel(),
  "invalid_binding_message backchannel 400": () => openid.backchannel({ binding_message: "no digits" }),
  "slow_down backchannel 429": "test/integration/backchannel.test.ts",
  "temporarily_unavailable auth page": () => atTheDoor((at) => at.auth({}, browser)),
  "temporarily_unavailable auth 429": () => atTheDoor((at) => at.auth()),
  "temporarily_unavailable request 429": () => atTheDoor((at) => at.push()),
  "temporarily_unavailable token 429": () => atTheDoor((at) => at.token()),
  "temporarily_unavailable backchannel 429": () => atTheDoor((at) => at.backchannel()),
  "temporarily_unavailable me 429": () => atTheDoor((at) => at.me()),
  "temporarily_unavailable request 503": "test/unit/openid/registry-away.test.ts",
  "temporarily_unavailable token 503": "test/unit/openid/registry-away.test.ts",
  "temporarily_unavailable backchannel 503": "test/unit/openid/registry-away.test.ts",
  "temporarily_unavailable me 503": "test/unit/openid/registry-away.test.ts",
  "server_error auth page": () => broken(() => oidc.auth({}, browser)),
  "server_error request 500": () => broken(() => openid.push()),
  "server_error token 500": () => broken(() => openid.token()),
  "server_error backchannel 500": "test/unit/openid/registry-away.test.ts",
  "server_error me 500": () => broken(() => oidc.me({ authorization: "Bearer unknown" })),
};

const rows = Object.entries(oauthErrors as Record<string, OAuthErrorEntry>).flatMap(([error, { at }]) =>
  Object.entries(at).flatMap(([endpoint, told]) => told.map((how) => [error, endpoint, how] as const)),
);

describe("the catalogue of OAuth errors", () => {
  test.each(rows)("fail/%s at %s is told as %s", async (error, endpoint, told) => {
    const how = provoke[`${error} ${endpoint} ${told}` as Provoked];
    if (typeof how === "string") {
      expect(readFileSync(how, "utf8")).toContain(error);
      return;
    }
    const answer = await how!();
    if (told === "page") {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.headers.get("content-type")).toMatch(/^text\/html/);
      expect(answer.text).toContain(`${error}, `);
      return;
    }
    expect(answer.error).toBe(error);
    if (told === "redirect") {
      expect(answer.to?.origin).toBe("https://rp.example");
      // RFC 9207 §2: also an error names its issuer.
      expect(answer.to?.href).toMatch(/iss=[^&]*%2F(?:openid|oidc)(?:&|$)/);
    } else expect(answer.status).toBe(told);
    if (told === 429) expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    // RFC 6749 §5.2: these characters only.
    if (answer.description !== undefined)
      expect(answer.description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
  });

  test("ok/every provoked error is in it", () => {
    const listed = rows.map((row) => row.join(" "));
    expect(Object.keys(provoke).filter((key) => !listed.includes(key))).toEqual([]);
    expect(listed.filter((key) => !(key in provoke))).toEqual([]);
  });

  test("ok/acr values of the metadata are never refused as unmet", async () => {
    for (const value of Object.values(acrValues)) {
      const claims = JSON.stringify({
        id_token: { acr: { essential: true, values: [value, "urn:unknown"] } },
      });
      expect((await openid.push({ claims })).status).toBe(201);
    }
  });
});
