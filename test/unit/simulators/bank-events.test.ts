import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { generateKeyPair } from "jose";
import { events } from "./bank-authority.ts";
import { type Opening, openBank, until } from "./bank-opening.ts";
import { startTestPostgres, type TestPostgres } from "./bank-postgres.ts";

let postgres: TestPostgres;
let opening: Opening;

beforeAll(async () => {
  postgres = await startTestPostgres();
  opening = await openBank(await postgres.database());
});
afterAll(async () => {
  await opening?.close();
  await postgres?.close();
});

const stored = async (jti: string) =>
  ((await opening.ask("GET", "/events")).body as { jti: string; state: string; outcome: string }[]).filter(
    (event) => event.jti === jti,
  );
const news = { sub_id: { format: "opaque", id: "nobody" }, events: { "urn:example:news": { a: 1 } } };

test("ok/the bank has made its stream, and the verification event it asked for came", async () => {
  const { bank, authority, ask } = opening;
  expect(authority.state.stream).toMatchObject({
    delivery: { method: "urn:ietf:rfc:8935", endpoint_url: `${bank.url}/events` },
    events_requested: [events.attributesChanged, events.credentialChange],
  });
  expect(authority.state.stream?.delivery.authorization_header).toMatch(/^Bearer \S{43}$/);
  expect((await ask("GET", "/control/connection")).body).toMatchObject({
    connected: true,
    streamId: authority.state.stream?.stream_id,
    streamStatus: "enabled",
  });
  const keys = (await ask("GET", "/jwks.json")).body;
  expect(keys).toEqual(bank.publicJwks);
  expect(keys.keys[0]).not.toHaveProperty("d");
});

test("ok/connecting again updates the same stream, enables it and verifies it anew", async () => {
  const { authority, ask } = opening;
  authority.state.status = "paused";
  const { status, body } = await ask("POST", "/control/connect");
  expect(status).toBe(200);
  expect(body).toMatchObject({ streamId: authority.state.stream?.stream_id, streamStatus: "enabled" });
  expect(authority.seen.streamWrites).toEqual(["POST", "PATCH"]);
  expect(authority.state.status).toBe("enabled");
  await until(async () => (await ask("GET", "/control/connection")).body.verifiedAt !== null);
});

test.each(["urn:example:news", "toString"])("ok/an unknown event is accepted and kept: %s", async (event) => {
  const jti = randomUUID();
  const set = await opening.authority.sign({ ...news, jti, events: { [event]: {} } });
  expect((await opening.authority.push(set)).status).toBe(202);
  await until(async () => (await stored(jti))[0]?.state === "processed");
  expect(await stored(jti)).toMatchObject([{ event, subject: "nobody", outcome: "kept" }]);
});

test("ok/the same event twice is accepted twice and kept once, also both at once", async () => {
  const { authority } = opening;
  const jti = randomUUID();
  const set = await authority.sign({ ...news, jti });
  const answers = await Promise.all([authority.push(set), authority.push(set), authority.push(set)]);
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
  expect(await stored(jti)).toHaveLength(1);
});

test("ok/an unrequested verification event verifies nothing", async () => {
  const { authority, ask } = opening;
  const before = (await ask("GET", "/control/connection")).body.verifiedAt;
  const jti = randomUUID();
  const sub_id = { format: "opaque", id: authority.state.stream?.stream_id };
  await authority.push(
    await authority.sign({ jti, sub_id, events: { [events.verification]: { state: "x" } } }),
  );
  await until(async () => (await stored(jti))[0]?.state === "processed");
  expect((await stored(jti))[0]?.outcome).toBe("not-asked-for");
  expect((await ask("GET", "/control/connection")).body.verifiedAt).toBe(before);
});

const refusals: [string, string, (bank: Opening) => Promise<string>][] = [
  ["text that is not a token", "invalid_request", async () => "not a token"],
  [
    "an unsigned token",
    "invalid_request",
    async ({ authority }) => {
      const [, payload] = (await authority.sign(news)).split(".");
      return `${Buffer.from('{"alg":"none","typ":"secevent+jwt"}').toString("base64url")}.${payload}.`;
    },
  ],
  ["another typ", "invalid_request", ({ authority }) => authority.sign(news, { typ: "JWT" })],
  [
    "another issuer",
    "invalid_issuer",
    ({ authority }) => authority.sign({ ...news, iss: "https://ca.example" }),
  ],
  [
    "another audience",
    "invalid_audience",
    ({ authority }) => authority.sign({ ...news, aud: "urn:kazasu:party:another" }),
  ],
  ["an unpublished key id", "invalid_key", ({ authority }) => authority.sign(news, { kid: "set-2" })],
  [
    "another key under the published id",
    "authentication_failed",
    async ({ authority }) => authority.sign(news, { key: (await generateKeyPair("ES256")).privateKey }),
  ],
  ["no jti", "invalid_request", ({ authority }) => authority.sign({ ...news, jti: undefined })],
  ["a sub, as an ID token has", "invalid_request", ({ authority }) => authority.sign({ ...news, sub: "x" })],
  [
    "an exp, as an access token has",
    "invalid_request",
    ({ authority }) => authority.sign({ ...news, exp: Math.floor(Date.now() / 1_000) + 60 }),
  ],
  ["no events", "invalid_request", ({ authority }) => authority.sign({ ...news, events: {} })],
  [
    "two events in one token",
    "invalid_request",
    ({ authority }) => authority.sign({ ...news, events: { "urn:a": {}, "urn:b": {} } }),
  ],
  [
    "a change without a customer",
    "invalid_request",
    ({ authority }) => authority.changed(randomUUID(), "s", 1, { sub_id: undefined }),
  ],
  [
    "a change without a version",
    "invalid_request",
    ({ authority }) =>
      authority.sign({ ...news, events: { [events.attributesChanged]: { consent_id: randomUUID() } } }),
  ],
];

test.each(refusals)("fail/%s is refused with %s, and nothing is kept", async (_what, err, make) => {
  const before = (await opening.ask("GET", "/events")).body;
  const { status, body } = await opening.authority.push(await make(opening));
  expect({ status, err: body?.err }).toEqual({ status: 400, err });
  expect((await opening.ask("GET", "/events")).body).toEqual(before);
});

test("fail/a token as JSON, or without the stream's authorization, or too long", async () => {
  const { authority } = opening;
  const set = await authority.sign(news);
  expect(await authority.push(set, { "content-type": "application/json" })).toMatchObject({
    status: 400,
    body: { err: "invalid_request" },
  });
  expect(await authority.push(set, { authorization: "Bearer guessed" })).toMatchObject({
    status: 401,
    body: { err: "authentication_failed" },
  });
  expect((await authority.push("x".repeat(40_000))).status).toBe(413);
});

test("fail/a fault set for one event refuses that one and no other", async () => {
  const { authority, ask } = opening;
  await ask("POST", "/control/faults", { events: { status: 500, times: 1 } });
  const jti = randomUUID();
  const set = await authority.sign({ ...news, jti });
  expect((await authority.push(set)).status).toBe(500);
  expect(await stored(jti)).toHaveLength(0);
  expect((await authority.push(set)).status).toBe(202);
  expect(await ask("POST", "/control/faults", { asleep: true })).toMatchObject({ status: 400 });
});

test("fail/a bank that is unavailable for one subject answers for the others", async () => {
  const { authority, ask } = opening;
  const [one, other] = [await opening.customer(), await opening.customer()];
  const setOf = ({ consentId, subject }: typeof one) => authority.changed(consentId, subject, 2);
  await ask("POST", "/control/faults", { events: { cut: true, subject: one.subject } });
  const set = await setOf(one);
  await expect(authority.push(set)).rejects.toThrow("fetch failed");
  expect((await authority.push(await setOf(other))).status).toBe(202);
  await ask("DELETE", "/control/faults");
  expect((await authority.push(set)).status).toBe(202);
});

test("fail/a bank that is down refuses events, and its account book can still be read", async () => {
  const { authority, ask } = opening;
  const set = await authority.sign({ ...news, jti: randomUUID() });
  await ask("POST", "/control/faults", { down: true });
  await expect(authority.push(set)).rejects.toThrow("fetch failed");
  expect((await ask("GET", "/accounts")).status).toBe(200);
  await ask("DELETE", "/control/faults");
  expect((await authority.push(set)).status).toBe(202);
});
