import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { problem } from "../../../protocol/problem.ts";
import { accessTokenOf } from "./access-tokens.ts";
import type { PartyCaller } from "./party-caller.ts";
import { type PartyGateway, startPartyGateway } from "./party-gateway.ts";

let gateway: PartyGateway;
let party: PartyCaller;
let token: string;
const path = "/ssf/streams";

beforeAll(async () => {
  gateway = await startPartyGateway();
  party = await gateway.party();
  token = await party.token();
});
afterAll(async () => {
  await gateway?.close();
});

const proof = (wrong?: Parameters<PartyCaller["proof"]>[3], of = token): Promise<string> =>
  party.proof("GET", `${gateway.url}${path}`, of, wrong);

/** What every challenge ends with (RFC 9728 §5.1). */
const metadata = (): string => `, resource_metadata="${gateway.url}/.well-known/oauth-protected-resource"`;

/** Sends a request with these, and expects this error, and nothing more about the flaw (RFC 9449 §7.1). */
async function expectRefused(
  given: { token: string; proof?: string },
  detail: RegExp,
  error = "invalid_dpop_proof",
): Promise<void> {
  const { status, headers, body } = await party.send("GET", path, given);
  expect({ status, code: body["code"] }).toEqual({ status: 401, code: "PARTY_TOKEN_INVALID" });
  expect(headers.get("www-authenticate")).toBe(`DPoP error="${error}", algs="ES256"${metadata()}`);
  expect(problem.parse(body).detail).toMatch(detail);
}

const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

describe("a request with token and proof", () => {
  test("ok/identifies the party; a query is not part of the proof's htu", async () => {
    expect((await party.send("GET", path, { token, proof: await proof() })).status).toBe(200);
    const named = `${path}?stream_id=${randomUUID()}`;
    expect((await party.send("GET", named, { token, proof: await proof() })).status).toBe(404);
  });

  test("ok/clocks a little apart", async () => {
    for (const off of [-100, 20]) {
      const sent = { token, proof: await proof({ claims: { iat: nowSeconds() + off } }) };
      expect((await party.send("GET", path, sent)).status).toBe(200);
    }
  });

  test("ok/many at once, each with its own proof; one proof sent many times at once is accepted once", async () => {
    const different = await Promise.all(Array.from({ length: 8 }, () => proof()));
    const same = Array<string>(8).fill(await proof());
    const statusOf = async (each: string) => (await party.send("GET", path, { token, proof: each })).status;
    expect(await Promise.all(different.map(statusOf))).toEqual(Array<number>(8).fill(200));
    const counted = await Promise.all(same.map(statusOf));
    expect(counted.filter((status) => status === 200)).toHaveLength(1);
    expect(counted.filter((status) => status === 401)).toHaveLength(7);
  });
});

describe("the proof", () => {
  test("fail/none, two, or far too long a one", async () => {
    await expectRefused({ token }, /one proof/);
    await expectRefused({ token, proof: `${await proof()}, ${await proof()}` }, /verify/);
    await expectRefused({ token, proof: `${await proof()}${"a".repeat(5_000)}` }, /one proof/);
  });

  test("fail/a second time", async () => {
    const once = await proof();
    expect((await party.send("GET", path, { token, proof: once })).status).toBe(200);
    await expectRefused({ token, proof: once }, /used before/);
  });

  test.each([
    ["of another method", () => ({ htm: "POST" })],
    ["of another path", () => ({ htu: `${gateway.url}/v1/attributes` })],
    ["of another host", () => ({ htu: `https://evil.example${path}` })],
    ["with an invalid address", () => ({ htu: "streams" })],
    ["for another token", () => ({ ath: "0".repeat(43) })],
    ["without the token's hash", () => ({ ath: undefined })],
    ["without an id", () => ({ jti: undefined })],
  ])("fail/%s", async (_name, claims) => {
    await expectRefused({ token, proof: await proof({ claims: claims() }) }, /another request/);
  });

  test.each([
    ["too old", { claims: { iat: nowSeconds() - 200 } }],
    ["from a time to come", { claims: { iat: nowSeconds() + 200 } }],
    ["without a time", { claims: { iat: undefined } }],
    ["of another type", { header: { typ: "jwt" } }],
    ["without a key", { header: { jwk: undefined } }],
    [
      "with a key that is not a point on the curve",
      { header: { jwk: { kty: "EC", crv: "P-256", x: "AA", y: "AA" } } },
    ],
    ["with a key of no kind", { header: { jwk: { kty: "none" } } }],
  ])("fail/%s", async (_name, wrong) => {
    await expectRefused({ token, proof: await proof(wrong) }, /verify/);
  });

  test("fail/with its private key, or a shared secret, in it", async () => {
    const keys = await generateKeyPair("ES256", { extractable: true });
    const jwk = await exportJWK(keys.privateKey);
    await expectRefused({ token, proof: await proof({ keys, header: { jwk } }) }, /verify/);
    const secret = new TextEncoder().encode("secret".repeat(8));
    const shared = await new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg: "HS256", typ: "dpop+jwt", jwk: { kty: "oct" } })
      .setIssuedAt()
      .sign(secret);
    await expectRefused({ token, proof: shared }, /verify/);
  });

  test("fail/by another key than the token is bound to: a stolen token is refused", async () => {
    await expectRefused(
      { token, proof: await proof({ keys: await generateKeyPair("ES256") }) },
      /another request/,
    );
  });

  test("fail/signed by another key than the one it shows", async () => {
    const { privateKey } = await generateKeyPair("ES256");
    const { publicKey } = await party.dpop;
    await expectRefused({ token, proof: await proof({ keys: { publicKey, privateKey } }) }, /verify/);
  });
});

describe("the token", () => {
  test("fail/RFC 6750 §3.1: none, and the challenge has no error", async () => {
    for (const headers of [{}, { dpop: await proof() }]) {
      const bare = await fetch(`${gateway.url}${path}`, { headers });
      expect(bare.status).toBe(401);
      expect(bare.headers.get("www-authenticate")).toBe(`DPoP algs="ES256"${metadata()}`);
      expect(problem.parse(await bare.json()).code).toBe("PARTY_TOKEN_INVALID");
    }
  });

  test("fail/RFC 9449 §7.2: a bound token under the bearer scheme", async () => {
    const bearer = await fetch(`${gateway.url}${path}`, {
      headers: { authorization: `Bearer ${token}`, dpop: await proof() },
    });
    expect(bearer.status).toBe(401);
    expect(bearer.headers.get("www-authenticate")).toBe(
      `DPoP error="invalid_token", algs="ES256"${metadata()}`,
    );
  });

  test("fail/of a login, or of the issuer oidc: each is for UserInfo only", async () => {
    const login = await accessTokenOf(gateway.provider, party, "openid");
    await expectRefused({ token: login, proof: await proof({}, login) }, /verify/, "invalid_token");
  });

  test("fail/altered, or of another signer", async () => {
    const [head, , signature] = token.split(".");
    const claims = { ...JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()), scope: "ssf" };
    const altered = `${head}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`;
    await expectRefused({ token: altered, proof: await proof({}, altered) }, /verify/, "invalid_token");
    const { privateKey } = await generateKeyPair("ES256");
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "tokens" })
      .sign(privateKey);
    await expectRefused({ token: forged, proof: await proof({}, forged) }, /verify/, "invalid_token");
  });

  test("fail/RFC 6750 §3.1: 403 without the scope of the address, which the challenge names", async () => {
    const other = await party.token("attributes");
    const given = { token: other, proof: await proof({}, other) };
    const { status, headers, body } = await party.send("GET", path, given);
    expect(status).toBe(403);
    expect(headers.get("www-authenticate")).toBe(
      `DPoP error="insufficient_scope", scope="ssf", algs="ES256"${metadata()}`,
    );
    // The code is the same: recorded SDKs know no other.
    expect(problem.parse(body)).toMatchObject({ code: "PARTY_TOKEN_INVALID", status: 403 });
    expect(problem.parse(body).detail).toMatch(/scope ssf/);
  });

  test("fail/a proof, or an event, in the token's place", async () => {
    const instead = await proof();
    await expectRefused({ token: instead, proof: await proof({}, instead) }, /verify/, "invalid_token");
  });

  test("fail/of a client that the operator has removed", async () => {
    const leaving = await gateway.party();
    expect((await leaving.call("GET", path)).status).toBe(200);
    await gateway.registry.pool.query("delete from party_clients where id = $1", [leaving.clientId]);
    const { status, headers } = await leaving.call("GET", path);
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toMatch(/error="invalid_token"/);
  });
});

test("ok/used proofs are deleted once expired", async () => {
  const { pool } = gateway.registry;
  await pool.query("update single_uses set expires_at = now() - interval '1 hour'");
  const { rows: before } = await pool.query("select count(*)::int as n from single_uses");
  expect(before[0].n).toBeGreaterThan(10);
  expect((await party.send("GET", path, { token, proof: await proof() })).status).toBe(200);
  const { rows: after } = await pool.query("select count(*)::int as n from single_uses");
  expect(after[0].n).toBe(1);
});
