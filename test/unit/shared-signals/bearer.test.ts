import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { replayEvents } from "../../../domain/notification/replaying.ts";
import { changeStream } from "../../../domain/notification/streams.ts";
import { createProvenLimits } from "../../../gateway/limits/proven-limits.ts";
import { eventTypes } from "../../../protocol/events.ts";
import { transaction } from "../../../registry/database.ts";
import { addSecurityEvent } from "../../../registry/notification/security-events.ts";
import { findStream } from "../../../registry/notification/streams.ts";
import { makePerson, sealer } from "../notification/people.ts";
import { makeWorld, type World, withdraw } from "../notification/world.ts";
import type { PartyCaller } from "../openid/party-caller.ts";
import { type PartyGateway, startPartyGateway } from "../openid/party-gateway.ts";

let gateway: PartyGateway;
let world: World;

beforeAll(async () => {
  gateway = await startPartyGateway();
  world = await makeWorld(gateway.registry.pool);
});
afterAll(async () => {
  await gateway?.close();
});

const day = 86_400_000;

async function withStream(
  asked: object = { bearer_polling: true },
): Promise<{ party: PartyCaller; id: string }> {
  const party = await gateway.party();
  const { body } = await party.call("POST", "/ssf/streams", asked);
  return { party, id: String(body["stream_id"]) };
}
async function issued(party: PartyCaller, id: string): Promise<string> {
  const { status, body, headers } = await party.call("POST", "/ssf/tokens", { stream_id: id });
  expect({ status, ...body }).toEqual({
    status: 201,
    stream_id: id,
    access_token: expect.stringMatching(/^kzs_[\w-]{43}$/),
    token_type: "Bearer",
    expires_in: 30 * 86_400,
  });
  expect(headers.get("cache-control")).toBe("no-store");
  return String(body["access_token"]);
}
async function asReceiver(token: string, method: string, path: string, body?: object) {
  const response = await fetch(`${gateway.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? undefined : JSON.parse(text),
  };
}
const poll = (token: string, id: string, asked: object = {}) =>
  asReceiver(token, "POST", `/ssf/poll/${id}`, { returnImmediately: true, ...asked });
async function add({ partyId }: PartyCaller, more: object = {}): Promise<string> {
  const jti = randomUUID();
  const event = { jti, partyId, event: eventTypes.credentialChange, subject: "a" };
  await addSecurityEvent(gateway.registry.pool, { ...event, claims: { change_type: "revoke" }, ...more });
  return jti;
}
const actsOn = async (id: string): Promise<string[]> =>
  (
    await gateway.registry.pool.query("select act from audit_lines where subject = $1 order by id", [id])
  ).rows.map(({ act }) => act);

describe("a bearer token of a stream", () => {
  test("ok/reads, polls and acknowledges on its stream, and asks for verification; nowhere is the token kept", async () => {
    const { party, id } = await withStream();
    const token = await issued(party, id);
    const jti = await add(party);
    expect((await asReceiver(token, "GET", "/ssf/streams")).body).toMatchObject([{ stream_id: id }]);
    expect((await asReceiver(token, "GET", `/ssf/streams?stream_id=${id}`)).body).toMatchObject({
      stream_id: id,
    });
    expect((await asReceiver(token, "GET", `/ssf/status?stream_id=${id}`)).body).toMatchObject({
      status: "enabled",
    });
    expect((await asReceiver(token, "POST", "/ssf/verify", { stream_id: id, state: "s" })).status).toBe(204);
    const { status, body } = await poll(token, id);
    expect([status, Object.keys(body.sets).length]).toEqual([200, 2]);
    expect((await poll(token, id, { ack: Object.keys(body.sets) })).body).toEqual({ sets: {} });
    const { rows } = await gateway.registry.pool.query("select state from security_events where jti = $1", [
      jti,
    ]);
    expect(rows).toEqual([{ state: "delivered" }]);
    const { rows: kept } = await gateway.registry.pool.query(
      "select sha256 from stream_tokens where stream_id = $1",
      [id],
    );
    expect(kept).toEqual([{ sha256: createHash("sha256").update(token).digest() }]);
    expect(await actsOn(id)).toEqual(["bearer-polling-changed", "stream-token-issued"]);
  });

  test("fail/changes nothing: no settings, no status, no deletion, no token, no attributes", async () => {
    const { party, id } = await withStream();
    const token = await issued(party, id);
    for (const [method, path, body] of [
      ["POST", "/ssf/streams", {}],
      ["PATCH", "/ssf/streams", { stream_id: id, description: "d" }],
      ["PUT", "/ssf/streams", { stream_id: id }],
      ["DELETE", `/ssf/streams?stream_id=${id}`],
      ["POST", "/ssf/status", { stream_id: id, status: "disabled" }],
      ["POST", "/ssf/subjects:add", { stream_id: id, subject: { format: "opaque", id: "a" } }],
      ["POST", "/ssf/subjects:remove", { stream_id: id, subject: { format: "opaque", id: "a" } }],
      ["POST", "/ssf/tokens", { stream_id: id }],
      ["DELETE", `/ssf/tokens?stream_id=${id}`],
      ["GET", `/v1/attributes?consent=${randomUUID()}`],
      ["POST", "/v1/acknowledgements", { consentId: randomUUID(), anchorVersion: 1, outcome: "applied" }],
    ] as [string, string, object?][]) {
      const answer = await asReceiver(token, method, path, body);
      expect([method, path, answer.status, answer.body.code]).toEqual([
        method,
        path,
        401,
        "PARTY_TOKEN_INVALID",
      ]);
    }
    expect((await poll(token, id)).status).toBe(200);
  });

  test("fail/by default there is none: the stream has to opt in, and only one that is polled can", async () => {
    const { party, id } = await withStream({});
    const { status, body } = await party.call("POST", "/ssf/tokens", { stream_id: id });
    expect([status, body["code"]]).toEqual([409, "STREAM_BEARER_FORBIDDEN"]);
    const push = { method: "urn:ietf:rfc:8935", endpoint_url: "https://bank.example/events" };
    const asked = { stream_id: id, delivery: push, bearer_polling: true };
    for (const method of ["PATCH", "PUT"])
      expect((await party.call(method, "/ssf/streams", asked)).body["code"]).toBe("MALFORMED_REQUEST");
    const other = await gateway.party();
    expect((await other.call("POST", "/ssf/streams", asked)).status).toBe(400);
  });

  test("fail/of another stream, unknown, malformed, or a party's own token sent as bearer", async () => {
    const [own, other] = [await withStream(), await withStream()];
    const token = await issued(own.party, own.id);
    await add(other.party);
    const theirs = await poll(token, other.id);
    const none = await poll(token, randomUUID());
    expect([theirs.status, theirs.body.detail]).toEqual([404, none.body.detail]);
    expect((await asReceiver(token, "GET", `/ssf/streams?stream_id=${other.id}`)).status).toBe(404);
    for (const wrong of [`kzs_${"a".repeat(43)}`, "kzs_", token.slice(0, -1), await own.party.token()]) {
      const { status, body, headers } = await poll(wrong, own.id);
      expect([status, body.code]).toEqual([401, "PARTY_TOKEN_INVALID"]);
      expect(headers.get("www-authenticate")).toContain("resource_metadata=");
    }
  });

  test("ok/a new one leaves the one before an hour, and the one before that nothing", async () => {
    const { party, id } = await withStream();
    const [first, second, third] = [
      await issued(party, id),
      await issued(party, id),
      await issued(party, id),
    ];
    const statuses = async () => {
      const answers = [first, second, third].map((token) => poll(token, id));
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    expect(await statuses()).toEqual([401, 200, 200]);
    const { now } = gateway.clock;
    try {
      gateway.clock.now = new Date(Date.now() + 3_700_000);
      expect(await statuses()).toEqual([401, 401, 200]);
      gateway.clock.now = new Date(Date.now() + 31 * day);
      expect(await statuses()).toEqual([401, 401, 401]);
    } finally {
      gateway.clock.now = now;
    }
  });

  test.each([
    [
      "its revocation",
      (party: PartyCaller, id: string) => party.call("DELETE", `/ssf/tokens?stream_id=${id}`),
    ],
    [
      "the stream's end of bearer polling",
      (party: PartyCaller, id: string) =>
        party.call("PATCH", "/ssf/streams", { stream_id: id, bearer_polling: false }),
    ],
    [
      "the stream's deletion",
      (party: PartyCaller, id: string) => party.call("DELETE", `/ssf/streams?stream_id=${id}`),
    ],
    [
      "the end of the party's last client",
      ({ partyId }: PartyCaller) =>
        gateway.registry.pool.query("delete from party_clients where party_id = $1", [partyId]),
    ],
  ])("fail/after %s", async (_what, end) => {
    const { party, id } = await withStream();
    const token = await issued(party, id);
    expect((await poll(token, id)).status).toBe(200);
    await end(party, id);
    expect((await poll(token, id)).status).toBe(401);
  });

  test("ok/every change of the option, issue and revocation has its line", async () => {
    const { party, id } = await withStream({});
    await party.call("PATCH", "/ssf/streams", { stream_id: id, bearer_polling: true });
    await issued(party, id);
    await party.call("DELETE", `/ssf/tokens?stream_id=${id}`);
    await party.call("PUT", "/ssf/streams", { stream_id: id });
    expect(await actsOn(id)).toEqual([
      "bearer-polling-changed",
      "stream-token-issued",
      "stream-tokens-revoked",
      "bearer-polling-changed",
    ]);
  });
});

describe("what was acknowledged with a bearer token", () => {
  const replay = (of: Parameters<typeof replayEvents>[1], now = new Date()) =>
    transaction(gateway.registry.pool, (connection) => replayEvents(connection, of, now));

  test("ok/can be replayed: by id, by time, in its order; not twice at once", async () => {
    const { party, id } = await withStream();
    const token = await issued(party, id);
    const [first, second] = [await add(party), await add(party)];
    const other = await add(party, { subject: "b" });
    await poll(token, id, { ack: [first, other] });
    await poll(token, id, { ack: [second] });
    expect((await poll(token, id)).body.sets).toEqual({});
    const { partyId } = party;
    expect(await replay({ partyId, jtis: [second] })).toEqual([second]);
    expect(await replay({ partyId, jtis: [second] })).toEqual([]);
    expect(Object.keys((await poll(token, id)).body.sets)).toEqual([second]);
    await poll(token, id, { ack: [second] });
    expect(await replay({ partyId, until: new Date(Date.now() - day) })).toEqual([]);
    expect(await replay({ partyId, from: new Date(Date.now() - day) })).toEqual([first, second, other]);
    expect(Object.keys((await poll(token, id)).body.sets).toSorted()).toEqual([first, other].toSorted());
  });

  test("fail/not after thirty days, not another party's, and not an event about the stream", async () => {
    const [{ party, id }, other] = [await withStream(), await withStream()];
    const token = await issued(party, id);
    const jti = await add(party);
    const verification = await add(party, { event: eventTypes.verification, subject: undefined });
    await poll(token, id, { ack: [jti, verification] });
    expect(await replay({ partyId: other.party.partyId, jtis: [jti] })).toEqual([]);
    const { partyId } = party;
    expect(await replay({ partyId }, new Date(Date.now() + 31 * day))).toEqual([]);
    expect(await replay({ partyId })).toEqual([jti]);
  });

  test("fail/under a withdrawn consent nothing is sent again", async () => {
    const { party, id } = await withStream();
    const token = await issued(party, id);
    const person = await makePerson(gateway.registry.pool, { partyId: party.partyId });
    const { jti } = await world.confirmed(person);
    await poll(token, id, { ack: [jti] });
    await withdraw(gateway.registry.pool, person);
    await replay({ partyId: party.partyId, jtis: [jti] });
    expect((await poll(token, id)).body.sets).toEqual({});
  });
});

test("fail/a change that began before another does not switch bearer polling on again", async () => {
  const { party, id } = await withStream();
  const { pool } = gateway.registry;
  const before = (await findStream(pool, sealer, party.partyId))!;
  await party.call("PATCH", "/ssf/streams", { stream_id: id, bearer_polling: false });
  await transaction(pool, (connection) =>
    changeStream(connection, sealer, before, (stream) => ({ ...stream, description: "mine" })),
  );
  expect(await findStream(pool, sealer, party.partyId)).toMatchObject({
    bearerPolling: false,
    description: "mine",
  });
});

test("fail/who has a bearer token does not keep its party from revoking it", async () => {
  const limits = createProvenLimits({ perEnrolment: 60, perParty: 10, clock: () => new Date() });
  const limited = await startPartyGateway(limits);
  try {
    const party = await limited.party();
    const { body: stream } = await party.call("POST", "/ssf/streams", { bearer_polling: true });
    const which = { stream_id: stream["stream_id"] };
    const { body } = await party.call("POST", "/ssf/tokens", which);
    const headers = { authorization: `Bearer ${String(body["access_token"])}` };
    for (let asked = 0; asked < 10; asked += 1)
      expect((await fetch(`${limited.url}/ssf/streams`, { headers })).status).toBe(200);
    expect((await fetch(`${limited.url}/ssf/streams`, { headers })).status).toBe(429);
    const { status } = await party.call("DELETE", `/ssf/tokens?stream_id=${String(which.stream_id)}`);
    expect(status).toBe(204);
  } finally {
    await limited.close();
  }
});
