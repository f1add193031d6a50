import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { eventTypes } from "../../../protocol/events.ts";
import { findStream } from "../../../registry/notification/streams.ts";
import { sealer } from "../notification/people.ts";
import type { PartyCaller } from "../openid/party-caller.ts";
import { type PartyGateway, startPartyGateway } from "../openid/party-gateway.ts";

let gateway: PartyGateway;

beforeAll(async () => {
  gateway = await startPartyGateway();
});
afterAll(async () => {
  await gateway?.close();
});

const push = {
  method: "urn:ietf:rfc:8935",
  endpoint_url: "https://bank.example/events",
  authorization_header: "Bearer for-the-bank",
};
const poll = { method: "urn:ietf:rfc:8936" };
const stored = (party: PartyCaller) => findStream(gateway.registry.pool, sealer, party.partyId);

async function withStream(asked: object = {}): Promise<{ party: PartyCaller; id: string }> {
  const party = await gateway.party();
  const { status, body } = await party.call("POST", "/ssf/streams", asked);
  expect(status).toBe(201);
  return { party, id: String(body["stream_id"]) };
}

describe("the transmitter", () => {
  test("ok/publishes its metadata to anybody", async () => {
    const response = await fetch(`${gateway.url}/.well-known/ssf-configuration`);
    expect(await response.json()).toMatchObject({
      spec_version: "1_0",
      issuer: gateway.url,
      jwks_uri: `${gateway.url}/jwks.json`,
      configuration_endpoint: `${gateway.url}/ssf/streams`,
      status_endpoint: `${gateway.url}/ssf/status`,
      verification_endpoint: `${gateway.url}/ssf/verify`,
      add_subject_endpoint: `${gateway.url}/ssf/subjects:add`,
      remove_subject_endpoint: `${gateway.url}/ssf/subjects:remove`,
      delivery_methods_supported: [push.method, poll.method],
      default_subjects: "ALL",
    });
  });

  test("ok/publishes the public keys of its events, and no more of them", async () => {
    const { keys } = (await (await fetch(`${gateway.url}/jwks.json`)).json()) as { keys: object[] };
    expect(keys).toEqual([
      expect.objectContaining({ kid: "es", alg: "ES256", use: "sig" }),
      expect.objectContaining({ kid: "rs", alg: "RS256", use: "sig" }),
    ]);
    expect(JSON.stringify(keys)).not.toMatch(/"(?:d|p|q|dp|dq|qi)":/);
  });
});

describe("a stream", () => {
  test("ok/created with push; the header is kept sealed, and never shown", async () => {
    const party = await gateway.party();
    const asked = {
      delivery: push,
      events_requested: [eventTypes.attributesChanged, "urn:example:other"],
      description: "The bank",
      signing_alg: "RS256",
    };
    const { status, body } = await party.call("POST", "/ssf/streams", asked);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      iss: gateway.url,
      aud: `urn:kazasu:party:${party.partyId}`,
      delivery: { method: push.method, endpoint_url: push.endpoint_url },
      events_requested: asked.events_requested,
      events_delivered: [eventTypes.attributesChanged],
      description: "The bank",
      signing_alg: "RS256",
    });
    expect(JSON.stringify(body)).not.toContain("for-the-bank");
    expect(await stored(party)).toMatchObject({ authorization: "Bearer for-the-bank", status: "enabled" });
    const { rows } = await gateway.registry.pool.query(
      `select "authorization" as sealed from streams where id = $1`,
      [body["stream_id"]],
    );
    expect(rows[0].sealed.toString("latin1")).not.toContain("for-the-bank");
  });

  test("ok/without a delivery method polls, and carries every event", async () => {
    const { party, id } = await withStream();
    const { body } = await party.call("GET", `/ssf/streams?stream_id=${id}`);
    expect(body).toMatchObject({
      delivery: { method: poll.method, endpoint_url: `${gateway.url}/ssf/poll/${id}` },
      events_requested: Object.values(eventTypes).filter((event) => !event.includes("/ssf/")),
      signing_alg: "ES256",
    });
  });

  test("ok/read: the one named, or the list of all that the party has", async () => {
    const { party, id } = await withStream();
    expect((await party.call("GET", "/ssf/streams")).body).toMatchObject([{ stream_id: id }]);
    const without = await gateway.party();
    expect((await without.call("GET", "/ssf/streams")).body).toEqual([]);
    expect((await without.call("GET", `/ssf/streams?stream_id=${randomUUID()}`)).status).toBe(404);
  });

  test("ok/patched: what is not named stays", async () => {
    const { party, id } = await withStream({ delivery: push, description: "The bank" });
    const asked = { stream_id: id, events_requested: [eventTypes.credentialChange] };
    expect((await party.call("PATCH", "/ssf/streams", asked)).status).toBe(200);
    expect(await stored(party)).toMatchObject({
      method: "push",
      endpoint: push.endpoint_url,
      authorization: "Bearer for-the-bank",
      eventsRequested: [eventTypes.credentialChange],
      description: "The bank",
    });
  });

  test("ok/replaced: what is not named goes; to poll and back", async () => {
    const { party, id } = await withStream({ delivery: push, description: "The bank" });
    expect((await party.call("PUT", "/ssf/streams", { stream_id: id, delivery: poll })).status).toBe(200);
    const polled = (await stored(party))!;
    expect(polled.method).toBe("poll");
    for (const gone of ["endpoint", "authorization", "description"]) expect(polled).not.toHaveProperty(gone);
    await party.call("PUT", "/ssf/streams", { stream_id: id, delivery: push });
    expect(await stored(party)).toMatchObject({ method: "push", endpoint: push.endpoint_url });
  });

  test("ok/deleted, and another made", async () => {
    const { party, id } = await withStream();
    expect((await party.call("DELETE", `/ssf/streams?stream_id=${id}`)).status).toBe(204);
    expect(await stored(party)).toBeUndefined();
    expect((await party.call("DELETE", `/ssf/streams?stream_id=${id}`)).status).toBe(404);
    expect((await party.call("POST", "/ssf/streams", {})).status).toBe(201);
  });

  test.each([
    ["POST", "/ssf/streams", { description: "a\0b" }],
    ["POST", "/ssf/streams", { events_requested: ["\0"] }],
    ["PATCH", "/ssf/streams", { description: "\ud800" }],
    ["POST", "/ssf/verify", { state: "\0" }],
    ["POST", "/ssf/verify", { state: "\udc00x" }],
    ["POST", "/ssf/status", { status: "paused", reason: "\0" }],
  ])("fail/%s %s with %j, which cannot be kept", async (method, path, body) => {
    const { party, id } = await withStream();
    const { status, body: problem } = await party.call(method, path, { stream_id: id, ...body });
    expect([status, problem["code"]]).toEqual([400, "MALFORMED_REQUEST"]);
  });

  test("fail/a second one, also when both are asked for at once", async () => {
    const party = await gateway.party();
    const answers = await Promise.all([1, 2, 3].map(() => party.call("POST", "/ssf/streams", {})));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ body }) => body["code"] === "STREAM_EXISTS")).toHaveLength(2);
  });

  test.each([
    "http://bank.example/events",
    "https://127.0.0.1/events",
    "https://2130706433/events",
    "https://0x7f.1/events",
    "https://[::1]/events",
    "https://[::ffff:10.0.0.1]/events",
    "https://169.254.169.254/latest/meta-data",
    "https://localhost/events",
    "https://postgres.internal/events",
    "https://user:secret@bank.example/events",
    "https://bank.example/events#inner",
    "ftp://bank.example/events",
  ])("fail/that points at %s, when it is made, patched or replaced", async (endpoint_url) => {
    const delivery = { ...push, endpoint_url };
    const without = await gateway.party();
    const { party, id } = await withStream();
    const answers = [
      await without.call("POST", "/ssf/streams", { delivery }),
      await party.call("PATCH", "/ssf/streams", { stream_id: id, delivery }),
      await party.call("PUT", "/ssf/streams", { stream_id: id, delivery }),
    ];
    for (const { status, body } of answers)
      expect({ status, code: body["code"] }).toEqual({ status: 422, code: "STREAM_ENDPOINT_FORBIDDEN" });
    expect((await stored(party))!.method).toBe("poll");
    expect(await stored(without)).toBeUndefined();
  });

  test.each([
    [{ delivery: { method: "urn:other" } }],
    [{ delivery: { method: push.method } }],
    [{ delivery: { ...push, authorization_header: "Bearer x\r\nhost: evil" } }],
    [{ events_requested: "all" }],
    [{ signing_alg: "none" }],
  ])("fail/of another shape: %j", async (asked) => {
    const { status, body } = await (await gateway.party()).call("POST", "/ssf/streams", asked);
    expect({ status, code: body["code"] }).toEqual({ status: 400, code: "MALFORMED_REQUEST" });
    expect(JSON.stringify(body)).not.toContain("evil");
  });
});

describe("its status", () => {
  test("ok/paused with a reason, and enabled again", async () => {
    const { party, id } = await withStream();
    const paused = { stream_id: id, status: "paused", reason: "maintenance" };
    expect((await party.call("POST", "/ssf/status", paused)).body).toEqual(paused);
    expect((await party.call("GET", `/ssf/status?stream_id=${id}`)).body).toEqual(paused);
    await party.call("POST", "/ssf/status", { stream_id: id, status: "enabled" });
    expect((await party.call("GET", `/ssf/status?stream_id=${id}`)).body).toEqual({
      stream_id: id,
      status: "enabled",
    });
  });

  test("fail/an unknown status", async () => {
    const { party, id } = await withStream();
    expect((await party.call("POST", "/ssf/status", { stream_id: id, status: "gone" })).status).toBe(400);
  });
});

test("ok/a verification event is stored with the state, and transmitted", async () => {
  const { party, id } = await withStream();
  const { status } = await party.call("POST", "/ssf/verify", { stream_id: id, state: "abc" });
  expect(status).toBe(204);
  const { rows } = await gateway.registry.pool.query(
    "select jti, event, claims, subject from security_events where party_id = $1",
    [party.partyId],
  );
  expect(rows).toEqual([
    { jti: expect.any(String), event: eventTypes.verification, claims: { state: "abc" }, subject: null },
  ]);
  expect(gateway.transmitted).toContain(rows[0].jti);
});

test("fail/another party's stream is indistinguishable from not found", async () => {
  const { party, id } = await withStream({ delivery: push });
  const other = (await withStream()).party;
  const asked: [string, string, object?][] = [
    ["GET", `/ssf/streams?stream_id=${id}`],
    ["PATCH", "/ssf/streams", { stream_id: id, delivery: poll }],
    ["PUT", "/ssf/streams", { stream_id: id, delivery: poll }],
    ["DELETE", `/ssf/streams?stream_id=${id}`],
    ["GET", `/ssf/status?stream_id=${id}`],
    ["POST", "/ssf/status", { stream_id: id, status: "disabled" }],
    ["POST", "/ssf/verify", { stream_id: id }],
    ["POST", "/ssf/subjects:add", { stream_id: id, subject: { format: "opaque", id: "a" } }],
    ["POST", `/ssf/poll/${id}`, { returnImmediately: true }],
  ];
  for (const [method, path, body] of asked) {
    const theirs = await other.call(method, path, body);
    const none = await other.call(
      method,
      path.replace(id, randomUUID()),
      body && "stream_id" in body ? { ...body, stream_id: randomUUID() } : body,
    );
    expect([method, path, theirs.status, theirs.body["detail"]]).toEqual([
      method,
      path,
      404,
      none.body["detail"],
    ]);
  }
  expect(await stored(party)).toMatchObject({ method: "push", status: "enabled" });
});

test("fail/without a token nothing is answered, whatever is asked", async () => {
  for (const [method, path] of [
    ["GET", "/ssf/streams"],
    ["POST", "/ssf/streams"],
    ["PATCH", "/ssf/streams"],
    ["POST", "/ssf/status"],
    ["POST", `/ssf/poll/${randomUUID()}`],
  ] as const) {
    const response = await fetch(`${gateway.url}${path}`, {
      method,
      ...(method === "GET" ? {} : { headers: { "content-type": "application/json" }, body: '{"wrong":1}' }),
    });
    expect(response.status).toBe(401);
  }
});
