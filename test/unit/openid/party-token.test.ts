import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { problem } from "../../../protocol/problem.ts";
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

/** Sends a request with these, and expects that nothing is found out but that they are not good. */
async function expectRefused(given: { token: string; proof?: string }, detail: RegExp): Promise<void> {
  const { status, headers, body } = await party.send("GET", path, given);
  expect({ status, code: body["code"] }).toEqual({ status: 401, code: "PARTY_TOKEN_INVALID" });
  expect(headers.get("www-authenticate")).toMatch(/^DPoP /);
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
  test("fail/none, or under the bearer scheme", async () => {
    const bare = await fetch(`${gateway.url}${path}`);
    expect(bare.status).toBe(401);
    const bearer = await fetch(`${gateway.url}${path}`, {
      headers: { authorization: `Bearer ${token}`, dpop: await proof() },
    });
    expect(bearer.status).toBe(401);
  });

  test("fail/altered, or of another signer", async () => {
    const [head, , signature] = token.split(".");
    const claims = { ...JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()), scope: "ssf" };
    const altered = `${head}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`;
    await expectRefused({ token: altered, proof: await proof({}, altered) }, /verify/);
    const { privateKey } = await generateKeyPair("ES256");
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "tokens" })
      .sign(privateKey);
    await expectRefused({ token: forged, proof: await proof({}, forged) }, /verify/);
  });

  test("fail/without the scope of the address", async () => {
    const other = await party.token("attributes");
    await expectRefused({ token: other, proof: await proof({}, other) }, /scope ssf/);
  });

  test("fail/a proof, or an event, in the token's place", async () => {
    const instead = await proof();
    await expectRefused({ token: instead, proof: await proof({}, instead) }, /verify/);
  });

  test("fail/of a client that the operator has removed", async () => {
    const leaving = await gateway.party();
    expect((await leaving.call("GET", path)).status).toBe(200);
    await gateway.registry.pool.query("delete from party_clients where id = $1", [leaving.clientId]);
    expect((await leaving.call("GET", path)).status).toBe(401);
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
