import { generateKeyPairSync, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import type { PartyKey } from "../../../protocol/own-interface.ts";
import { PartyCaller } from "../openid/party-caller.ts";
import { namedKey, type PartyGateway, startPartyGateway } from "../openid/party-gateway.ts";

let gateway: PartyGateway;
beforeAll(async () => {
  gateway = await startPartyGateway();
});
afterAll(async () => {
  await gateway?.close();
});

const scope = { scope: "party" };
const keysOf = async (party: PartyCaller): Promise<PartyKey[]> => {
  const { status, body } = await party.call("GET", "/v1/party/keys", undefined, scope);
  expect(status).toBe(200);
  return body["keys"] as PartyKey[];
};
const thumbprintOf = async (party: PartyCaller, kid: string): Promise<string> =>
  (await keysOf(party)).find((key) => key.kid === kid)!.thumbprint;
const newKey = (kid = `key-${randomUUID()}`) => namedKey(kid, "ES256");
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

/** The party's program with another key of its client. */
const withKey = (party: PartyCaller, key: Awaited<ReturnType<typeof newKey>>) =>
  new PartyCaller({ url: party.url, partyId: party.partyId, clientId: party.clientId, key });
async function added(party: PartyCaller, expiresAt?: string) {
  const key = await newKey();
  const asked = { jwk: key.publicJwk, ...(expiresAt === undefined ? {} : { expiresAt }) };
  const { status } = await party.call("POST", "/v1/party/keys", asked, scope);
  expect(status).toBe(201);
  return { key, successor: withKey(party, key) };
}
const refusedWith = async (party: PartyCaller, method: string, path: string, body?: unknown) => {
  const { status, body: problem } = await party.call(method, path, body, scope);
  return { status, code: problem["code"], detail: String(problem["detail"]) };
};

describe.each([["a client with CIBA"], ["a client without"]])("%s", (what) => {
  /** The provider reads the keys of the two kinds of client in different ways. */
  async function newParty(): Promise<PartyCaller> {
    const party = await gateway.party();
    if (what === "a client without")
      await gateway.registry.pool.query("update party_clients set backchannel = null where id = $1", [
        party.clientId,
      ]);
    return party;
  }

  test("ok/adds a key beside the old one: both are good, until the old one is removed with the new one", async () => {
    const party = await newParty();
    const [old] = await keysOf(party);
    expect(old).toMatchObject({ kid: "client", kty: "EC", alg: "ES256", usable: true, current: true });
    const { successor, key } = await added(party);
    expect(await keysOf(successor)).toMatchObject([
      { kid: "client", current: false },
      { kid: key.kid, usable: true, current: true },
    ]);
    const { status, body } = await successor.call(
      "DELETE",
      `/v1/party/keys/${old!.thumbprint}`,
      undefined,
      scope,
    );
    expect(status).toBe(200);
    expect(body["keys"]).toMatchObject([{ kid: key.kid }]);
    expect(await party.ask()).toMatchObject({ status: 401, error: "invalid_client" });
    expect(await successor.ask()).toMatchObject({ status: 200 });
  });

  test("fail/a key that has ended is not accepted, from the moment of its end", async () => {
    const party = await newParty();
    const { key, successor } = await added(party, inHours(48));
    expect(await successor.ask()).toMatchObject({ status: 200 });
    await gateway.registry.pool.query(
      `update party_clients set jwks = jsonb_set(jwks::jsonb, '{keys,1,exp}', to_jsonb($2::int)) where id = $1`,
      [party.clientId, Math.floor(Date.now() / 1_000) - 3_600],
    );
    expect(await successor.ask()).toMatchObject({ status: 401, error: "invalid_client" });
    expect(await keysOf(party)).toMatchObject([{ usable: true }, { kid: key.kid, usable: false }]);
  });

  test("fail/all keys have ended", async () => {
    const party = await newParty();
    await gateway.registry.pool.query(
      `update party_clients set jwks = jsonb_set(jwks::jsonb, '{keys,0,exp}', '1000000000') where id = $1`,
      [party.clientId],
    );
    expect(await party.ask()).toMatchObject({ status: 401, error: "invalid_client" });
  });
});

describe("a key", () => {
  test("ok/gets an end, another one, and none; each change has a line in the audit log", async () => {
    const party = await gateway.party();
    const { key, successor } = await added(party);
    const address = `/v1/party/keys/${await thumbprintOf(party, key.kid)}`;
    const expiresAt = "2099-01-01T00:00:00.000Z";
    const set = async (to: string | null) =>
      (await party.call("PATCH", address, { expiresAt: to }, scope)).body["keys"] as PartyKey[];
    expect((await set(expiresAt))[1]).toMatchObject({ kid: key.kid, expiresAt, usable: true });
    expect((await set(null))[1]).not.toHaveProperty("expiresAt");
    expect((await set(inHours(-1)))[1]).toMatchObject({ usable: false });
    expect(await successor.ask()).toMatchObject({ status: 401 });
    const { rows } = await gateway.registry.pool.query(
      `select act, detail from audit_lines where subject = $1 and act like 'client-key-%' order by id`,
      [party.partyId],
    );
    expect(rows.map(({ act }) => act)).toEqual([
      "client-key-added",
      ...Array.from({ length: 3 }, () => "client-key-expiry-set"),
    ]);
    expect(rows[1].detail).toMatchObject({
      client: party.clientId,
      thumbprint: address.split("/").at(-1),
      expiresAt,
    });
    expect(JSON.stringify(rows)).not.toContain(key.publicJwk.x);
  });

  test("bad/the one that the call was made with: it is neither removed nor ended without a successor", async () => {
    const party = await gateway.party();
    const { key, successor } = await added(party);
    const mine = `/v1/party/keys/${await thumbprintOf(party, "client")}`;
    const needed = { status: 409, code: "CLIENT_KEY_NEEDED", detail: expect.stringContaining("successor") };
    expect(await refusedWith(party, "DELETE", mine)).toEqual(needed);
    expect(await refusedWith(party, "PATCH", mine, { expiresAt: inHours(-1) })).toEqual(needed);
    const other = `/v1/party/keys/${await thumbprintOf(party, key.kid)}`;
    expect((await party.call("DELETE", other, undefined, scope)).status).toBe(200);
    expect(await successor.ask()).toMatchObject({ status: 401 });
  });

  test("bad/the last that is good for a day: it is neither removed nor ended", async () => {
    const party = await gateway.party();
    const { successor } = await added(party, inHours(2));
    const last = `/v1/party/keys/${await thumbprintOf(party, "client")}`;
    const needed = { status: 409, code: "CLIENT_KEY_NEEDED", detail: expect.stringContaining("for a day") };
    expect(await refusedWith(successor, "DELETE", last)).toEqual(needed);
    expect(await refusedWith(party, "PATCH", last, { expiresAt: inHours(23) })).toEqual(needed);
    expect((await party.call("PATCH", last, { expiresAt: inHours(25) }, scope)).status).toBe(200);
  });

  test("bad/two calls at once do not remove each other's", async () => {
    const party = await gateway.party();
    const { key, successor } = await added(party);
    await Promise.all([party.token("party"), successor.token("party")]);
    const [mine, theirs] = [await thumbprintOf(party, "client"), await thumbprintOf(party, key.kid)];
    const answers = await Promise.all([
      party.call("DELETE", `/v1/party/keys/${theirs}`, undefined, scope),
      successor.call("DELETE", `/v1/party/keys/${mine}`, undefined, scope),
    ]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 401]));
    expect(await keysOf(answers[0]?.status === 200 ? party : successor)).toHaveLength(1);
  });

  test("bad/removed: its tokens end with it here, so that it cannot register another", async () => {
    const party = await gateway.party();
    const { successor } = await added(party);
    await party.token("party");
    const old = `/v1/party/keys/${await thumbprintOf(party, "client")}`;
    expect((await successor.call("DELETE", old, undefined, scope)).status).toBe(200);
    expect(await refusedWith(party, "GET", "/v1/party/events")).toMatchObject({
      code: "PARTY_TOKEN_INVALID",
    });
    const back = { jwk: (await newKey()).publicJwk };
    expect(await refusedWith(party, "POST", "/v1/party/keys", back)).toMatchObject({
      status: 401,
      code: "PARTY_TOKEN_INVALID",
    });
  });

  test("bad/an assertion without kid: its token is of the key that signed it, and ends with that key", async () => {
    const party = await gateway.party();
    const { successor } = await added(party);
    const key = { privateKey: party.key.privateKey } as never;
    const unnamed = new PartyCaller({
      url: party.url,
      partyId: party.partyId,
      clientId: party.clientId,
      key,
    });
    expect(await keysOf(unnamed)).toMatchObject([{ kid: "client", current: true }, { current: false }]);
    const address = `/v1/party/keys/${await thumbprintOf(party, "client")}`;
    expect(await refusedWith(unnamed, "DELETE", address)).toMatchObject({ code: "CLIENT_KEY_NEEDED" });
    expect((await successor.call("DELETE", address, undefined, scope)).status).toBe(200);
    for (const [method, body] of [
      ["GET", undefined],
      ["POST", { jwk: (await newKey()).publicJwk }],
    ] as const)
      expect(await refusedWith(unnamed, method, "/v1/party/keys", body)).toMatchObject({
        status: 401,
        code: "PARTY_TOKEN_INVALID",
      });
  });

  test("bad/a removed key's token of another scope ends too: it issues no bearer token that would outlive the key", async () => {
    const party = await gateway.party();
    const { body } = await party.call("POST", "/ssf/streams", { bearer_polling: true });
    const { successor } = await added(party);
    const address = `/v1/party/keys/${await thumbprintOf(party, "client")}`;
    expect((await successor.call("DELETE", address, undefined, scope)).status).toBe(200);
    const { status, headers } = await party.call("POST", "/ssf/tokens", { stream_id: body["stream_id"] });
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toContain('error="invalid_token"');
  });

  test("bad/a key that was replaced by another one of the same kid ends with its tokens", async () => {
    const party = await gateway.party();
    await keysOf(party);
    await gateway.registry.pool.query("update party_clients set jwks = $2 where id = $1", [
      party.clientId,
      JSON.stringify({ keys: [(await newKey("client")).publicJwk] }),
    ]);
    expect(
      await refusedWith(party, "POST", "/v1/party/keys", { jwk: (await newKey()).publicJwk }),
    ).toMatchObject({ status: 401, code: "PARTY_TOKEN_INVALID" });
  });

  test("bad/private, weak, of another curve, algorithm or use, not on its curve, without kid, known, or one too many", async () => {
    const party = await gateway.party();
    const fine = await newKey();
    const small = generateKeyPairSync("rsa", { modulusLength: 1_024 }).publicKey.export({ format: "jwk" });
    const [rsa, p384] = await Promise.all(
      [generateKeyPair("PS256", { extractable: true }), generateKeyPair("ES384", { extractable: true })].map(
        async (pair) => exportJWK((await pair).publicKey),
      ),
    );
    const { kid: _none, ...unnamed } = fine.publicJwk;
    const cases: [JWK, RegExp][] = [
      [fine.privateJwk, /private/],
      [{ ...small, kid: "k" }, /2048/],
      [{ ...p384, kid: "k" }, /P-256/],
      [{ ...rsa, kid: "k", alg: "RS256" }, /PS256/],
      [{ ...fine.publicJwk, use: "enc" }, /"sig"/],
      [{ ...fine.publicJwk, y: fine.publicJwk.x! }, /no valid public key/],
      [{ ...fine.publicJwk, kid: "a b" }, /visible ASCII/],
      [{ ...fine.publicJwk, kid: "client" }, /another one/],
      [{ kty: "oct", k: "AAAA", kid: "k" }, /private/],
    ];
    for (const [jwk, why] of cases)
      expect(await refusedWith(party, "POST", "/v1/party/keys", { jwk })).toEqual({
        status: 422,
        code: "CLIENT_KEY_UNUSABLE",
        detail: expect.stringMatching(why),
      });
    for (const body of [{ jwk: unnamed }, { jwk: fine.publicJwk, more: 1 }, {}, "[]"])
      expect(await refusedWith(party, "POST", "/v1/party/keys", body)).toMatchObject({
        code: "MALFORMED_REQUEST",
      });
    expect(
      await refusedWith(party, "POST", "/v1/party/keys", { jwk: fine.publicJwk, expiresAt: inHours(-1) }),
    ).toMatchObject({ detail: expect.stringContaining("ended already") });
    expect((await party.call("POST", "/v1/party/keys", { jwk: { ...rsa, kid: "rsa" } }, scope)).status).toBe(
      201,
    );
    expect(
      await refusedWith(party, "POST", "/v1/party/keys", { jwk: { ...rsa, kid: "again" } }),
    ).toMatchObject({ detail: expect.stringContaining("already") });
    for (let count = 2; count < 8; count += 1) await added(party);
    expect(
      await refusedWith(party, "POST", "/v1/party/keys", { jwk: (await newKey()).publicJwk }),
    ).toMatchObject({ detail: expect.stringContaining("one too many") });
  });

  test("bad/of a client whose keys are published: the refusal says where to change them", async () => {
    const { clientId, partyId } = await gateway.party();
    await gateway.registry.pool.query(
      "update party_clients set jwks = null, jwks_uri = 'https://bank.example/jwks' where id = $1",
      [clientId],
    );
    const { addKey, removeKey, setKeyExpiry } = await import("../../../domain/party/client-keys.ts");
    const { pool } = gateway.registry;
    const holder = { partyId, clientId };
    const given = { given: (await newKey()).publicJwk, expiresAt: undefined };
    const now = new Date();
    const published = { code: "CLIENT_KEYS_PUBLISHED", message: expect.stringContaining("jwks_uri") };
    await expect(addKey(pool, holder, given, now)).rejects.toMatchObject(published);
    const which = { thumbprint: "x", expiresAt: undefined };
    await expect(setKeyExpiry(pool, holder, which, now)).rejects.toMatchObject(published);
    await expect(removeKey(pool, holder, "x", now)).rejects.toMatchObject(published);
  });
});

describe("nobody else changes the keys of a party", () => {
  test("bad/with another party's client, a token of another scope, no token, or a client of the issuer oidc", async () => {
    const party = await gateway.party();
    const thumbprint = await thumbprintOf(party, "client");
    const other = await gateway.party();
    await added(other);
    expect(await refusedWith(other, "DELETE", `/v1/party/keys/${thumbprint}`)).toMatchObject({
      code: "NOT_FOUND",
    });
    expect(
      await refusedWith(other, "PATCH", `/v1/party/keys/${thumbprint}`, { expiresAt: inHours(-1) }),
    ).toMatchObject({ code: "NOT_FOUND" });
    for (const path of ["", "/keys", "/events", "/reads"]) {
      const { status } = await party.call("GET", `/v1/party${path}`, undefined, { scope: "ssf attributes" });
      expect(status).toBe(403);
      expect((await fetch(`${party.url}/v1/party${path}`)).status).toBe(401);
    }
    // Another party's key does not prove this party's client.
    const stranger = new PartyCaller({
      url: party.url,
      partyId: party.partyId,
      clientId: party.clientId,
      key: { ...other.key, kid: "client" },
    });
    expect(await stranger.ask(undefined, { scope: "party" })).toMatchObject({
      status: 401,
      error: "invalid_client",
    });
    const oidc = await gateway.party(undefined, { issuer: "oidc" });
    expect(await oidc.ask(undefined, { scope: "party" })).toMatchObject({
      status: 401,
      error: "invalid_client",
    });
    expect(await keysOf(party)).toHaveLength(1);
  });
});
