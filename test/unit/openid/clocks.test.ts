import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { accessTokenOf } from "./access-tokens.ts";
import type { PartyCaller } from "./party-caller.ts";
import { type PartyGateway, startPartyGateway } from "./party-gateway.ts";

/**
 * FAPI 2.0 §5.3.2.1, at every address that reads an assertion or a proof: `iat` and `nbf` of up to ten seconds ahead are
 * taken, of more than sixty refused, and what has ended is refused.
 */

let gateway: PartyGateway;
let party: PartyCaller;
beforeAll(async () => {
  gateway = await startPartyGateway();
  party = await gateway.party();
});
afterAll(() => gateway?.close());

const now = (offset: number) => Math.floor(Date.now() / 1_000) + offset;

/** A request that is right but for its times, and what it gives where they are right too. */
const endpoints: Record<string, { form: () => Record<string, string>; right: object }> = {
  token: {
    form: () => ({ grant_type: "client_credentials", scope: "ssf" }),
    right: { status: 200, access_token: expect.any(String) },
  },
  request: {
    form: () => ({
      client_id: party.clientId,
      response_type: "code",
      scope: "openid",
      redirect_uri: "https://rp.example/cb",
      code_challenge: "A".repeat(43),
      code_challenge_method: "S256",
    }),
    right: { status: 201, request_uri: expect.any(String) },
  },
  // Nobody was asked for by name: the hint is read after the client has proven itself.
  backchannel: {
    form: () => ({ scope: "openid", login_hint: "nobody" }),
    right: { status: 400, error: expect.not.stringMatching(/^invalid_(?:client|dpop_proof)$/) },
  },
};

async function ask(
  endpoint: string,
  claims: { assertion?: Record<string, unknown>; proof?: Record<string, unknown> },
): Promise<Record<string, unknown>> {
  const address = `${gateway.url}/openid/${endpoint}`;
  const response = await fetch(address, {
    method: "POST",
    headers: { dpop: await party.proof("POST", address, "", { claims: claims.proof ?? {} }) },
    body: new URLSearchParams({
      ...endpoints[endpoint]!.form(),
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await party.assertion({ claims: claims.assertion ?? {} }),
    }),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

describe.each(Object.keys(endpoints))("/openid/%s", (endpoint) => {
  const { right } = endpoints[endpoint]!;

  test.each<[string, () => Record<string, unknown>]>([
    ["now", () => ({})],
    ["iat ten seconds ahead", () => ({ iat: now(10) })],
    ["nbf ten seconds ahead", () => ({ nbf: now(10) })],
    ["iat a minute ago", () => ({ iat: now(-60) })],
    ["no iat", () => ({ iat: undefined })],
  ])("ok/an assertion of %s", async (_what, assertion) => {
    expect(await ask(endpoint, { assertion: assertion() })).toMatchObject(right);
  });

  test.each<[string, () => Record<string, unknown>]>([
    ["iat 61 seconds ahead", () => ({ iat: now(62) })],
    ["iat 500 seconds ahead", () => ({ iat: now(500), exp: now(560) })],
    ["nbf 61 seconds ahead", () => ({ nbf: now(62) })],
    ["nbf 500 seconds ahead", () => ({ iat: undefined, nbf: now(500), exp: now(560) })],
    ["an end a minute ago", () => ({ exp: now(-60) })],
    ["an end an hour ahead", () => ({ exp: now(3_600) })],
    ["an nbf that is not a time", () => ({ nbf: "now" })],
    ["an iat that is not a time", () => ({ iat: "now" })],
  ])("bad/an assertion with %s", async (_what, assertion) => {
    expect(await ask(endpoint, { assertion: assertion() })).toMatchObject({
      status: 401,
      error: "invalid_client",
    });
  });

  test.each<[string, () => Record<string, unknown>]>([
    ["iat ten seconds ahead", () => ({ iat: now(10) })],
    ["nbf two seconds ahead", () => ({ nbf: now(2) })],
    ["iat two minutes ago", () => ({ iat: now(-119) })],
  ])("ok/a proof of %s", async (_what, proof) => {
    expect(await ask(endpoint, { proof: proof() })).toMatchObject(right);
  });

  test.each<[string, () => Record<string, unknown>]>([
    ["iat 61 seconds ahead", () => ({ iat: now(62) })],
    ["nbf 61 seconds ahead", () => ({ nbf: now(62) })],
    ["an end a minute ago", () => ({ exp: now(-60) })],
    ["iat 200 seconds ago", () => ({ iat: now(-200) })],
    ["no iat", () => ({ iat: undefined })],
  ])("bad/a proof with %s", async (_what, proof) => {
    expect(await ask(endpoint, { proof: proof() })).toMatchObject({ error: "invalid_dpop_proof" });
  });
});

describe("/openid/me", () => {
  /** A token of a login that nobody answered: read after its proof. */
  async function read(claims: Record<string, unknown>) {
    const { provider, url } = gateway;
    const value = await accessTokenOf(provider, party, "openid");
    const proof = await party.proof("GET", `${url}/openid/me`, value, { claims });
    return party.send("GET", "/openid/me", { token: value, proof });
  }

  test.each<[string, () => Record<string, unknown>]>([
    ["iat ten seconds ahead", () => ({ iat: now(10) })],
    ["nbf two seconds ahead", () => ({ nbf: now(2) })],
    ["iat two minutes ago", () => ({ iat: now(-119) })],
  ])("ok/a proof of %s is read, and the token then", async (_what, claims) => {
    expect(await read(claims())).toMatchObject({ status: 401, body: { error: "invalid_token" } });
  });

  test.each<[string, () => Record<string, unknown>]>([
    ["iat 61 seconds ahead", () => ({ iat: now(62) })],
    ["iat 200 seconds ago", () => ({ iat: now(-200) })],
    ["nbf 61 seconds ahead", () => ({ nbf: now(62) })],
  ])("bad/a proof with %s", async (_what, claims) => {
    const { status, body, headers } = await read(claims());
    expect({ status, error: body.error }).toEqual({ status: 401, error: "invalid_dpop_proof" });
    expect(headers.get("www-authenticate")).toMatch(/^DPoP .*error="invalid_dpop_proof"/);
  });
});

describe("the addresses of parties", () => {
  const stream = async (claims: Record<string, unknown>) => {
    const token = await party.token();
    const proof = await party.proof("GET", `${gateway.url}/ssf/streams`, token, { claims });
    return (await party.send("GET", "/ssf/streams", { token, proof })).status;
  };

  test.each<[string, () => Record<string, unknown>]>([
    ["iat ten seconds ahead", () => ({ iat: now(10) })],
    ["nbf ten seconds ahead", () => ({ nbf: now(10) })],
  ])("ok/a proof of %s", async (_what, claims) => {
    expect(await stream(claims())).toBe(200);
  });

  test.each<[string, () => Record<string, unknown>]>([
    ["iat 61 seconds ahead", () => ({ iat: now(62) })],
    ["nbf 61 seconds ahead", () => ({ nbf: now(62) })],
    ["an end a minute ago", () => ({ exp: now(-60) })],
    ["iat 200 seconds ago", () => ({ iat: now(-200) })],
    ["an iat that is not a time", () => ({ iat: "now" })],
  ])("bad/a proof with %s", async (_what, claims) => {
    expect(await stream(claims())).toBe(401);
  });
});
