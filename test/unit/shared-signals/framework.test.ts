import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { eventTypes } from "../../../protocol/events.ts";
import { addSecurityEvent } from "../../../registry/notification/security-events.ts";
import { makePerson } from "../notification/people.ts";
import { makeWorld, rowOf, type World } from "../notification/world.ts";
import type { PartyCaller } from "../openid/party-caller.ts";
import { type PartyGateway, startPartyGateway } from "../openid/party-gateway.ts";

// Clauses are those of OpenID Shared Signals Framework 1.0 (final) unless another document is named.

let gateway: PartyGateway;
let world: World;

beforeAll(async () => {
  gateway = await startPartyGateway();
  world = await makeWorld(gateway.registry.pool);
});
afterAll(async () => {
  await gateway?.close();
});

const poll = { method: "urn:ietf:rfc:8936" };

async function withStream(asked: object = {}): Promise<{ party: PartyCaller; id: string }> {
  const party = await gateway.party();
  const { status, body } = await party.call("POST", "/ssf/streams", asked);
  expect(status).toBe(201);
  return { party, id: String(body["stream_id"]) };
}
const polled = async (party: PartyCaller, id: string, asked: object = {}): Promise<string[]> => {
  const { status, body } = await party.call("POST", `/ssf/poll/${id}`, { returnImmediately: true, ...asked });
  expect(status).toBe(200);
  return Object.keys(body["sets"] as object);
};
const stateOf = async (jti: string): Promise<{ state: string; last_error: string | null }> =>
  (await gateway.registry.pool.query("select state, last_error from security_events where jti = $1", [jti]))
    .rows[0];
/** A person of the party who has confirmed a change. */
async function confirmed(party: PartyCaller) {
  const person = await makePerson(gateway.registry.pool, { partyId: party.partyId });
  return { person, ...(await world.confirmed(person)) };
}
async function add(party: PartyCaller, more: object = {}): Promise<string> {
  const jti = randomUUID();
  const event = { jti, partyId: party.partyId, event: eventTypes.credentialChange, subject: jti };
  await addSecurityEvent(gateway.registry.pool, { ...event, claims: { change_type: "revoke" }, ...more });
  return jti;
}
const setStatus = (party: PartyCaller, id: string, status: string) =>
  party.call("POST", "/ssf/status", { stream_id: id, status });

describe("stream configuration (§8.1.1)", () => {
  test("ok/events_delivered is a subset of events_supported and events_requested", async () => {
    for (const events_requested of [
      [eventTypes.attributesChanged, "urn:example:other"],
      [eventTypes.credentialChange, eventTypes.verification],
      [],
    ]) {
      const { party, id } = await withStream({ events_requested });
      const { body } = await party.call("GET", `/ssf/streams?stream_id=${id}`);
      const supported = body["events_supported"] as string[];
      expect(supported.toSorted()).toEqual(Object.values(eventTypes).toSorted());
      expect((body["events_delivered"] as string[]).toSorted()).toEqual(
        events_requested.filter((event) => supported.includes(event)).toSorted(),
      );
    }
  });

  test("ok/§8.1.4: a verification event is sent though it was not requested, and is about the stream", async () => {
    const { party, id } = await withStream({ events_requested: [eventTypes.attributesChanged] });
    expect((await party.call("POST", "/ssf/verify", { stream_id: id, state: "s" })).status).toBe(204);
    const { body } = await party.call("POST", `/ssf/poll/${id}`, { returnImmediately: true });
    const [set] = Object.values(body["sets"] as Record<string, string>);
    const claims = decodeJwt(set!);
    expect(claims["sub_id"]).toEqual({ format: "opaque", id });
    expect(claims["events"]).toEqual({ [eventTypes.verification]: { state: "s" } });
    expect(claims).not.toHaveProperty("toe");
  });

  test("ok/min_verification_interval is how often the limit allows it", async () => {
    const { party } = await withStream();
    expect((await party.call("GET", "/ssf/streams")).body).toMatchObject([{ min_verification_interval: 2 }]);
  });

  test.each(["PATCH", "PUT"])(
    "ok/§8.1.1.3 and §8.1.1.4, %s: what the transmitter sets may be repeated, as it was before the change",
    async (method) => {
      const { party, id } = await withStream({ events_requested: [eventTypes.attributesChanged] });
      const { body: shown } = await party.call("GET", `/ssf/streams?stream_id=${id}`);
      const changed = { ...shown, events_requested: [eventTypes.credentialChange], description: "changed" };
      const { status, body } = await party.call(method, "/ssf/streams", changed);
      expect({ status, ...body }).toMatchObject({
        status: 200,
        description: "changed",
        events_delivered: [eventTypes.credentialChange],
      });
      const oneAudience = { stream_id: id, aud: [shown["aud"]], delivery: poll };
      expect((await party.call(method, "/ssf/streams", oneAudience)).status).toBe(200);
    },
  );

  test.each([
    { iss: "https://other.example" },
    { iss: null },
    { aud: "urn:kazasu:party:other" },
    { aud: [] },
    { events_supported: [eventTypes.attributesChanged] },
    { events_delivered: [eventTypes.attributesChanged, eventTypes.credentialChange, "urn:other"] },
    { events_delivered: [] },
    { min_verification_interval: 1 },
    { inactivity_timeout: 60 },
    { delivery: { ...poll, endpoint_url: "https://other.example/poll" } },
  ])("fail/§8.1.1.3 and §8.1.1.4: a change with %j, which the transmitter sets", async (wrong) => {
    const { party, id } = await withStream();
    for (const method of ["PATCH", "PUT"]) {
      const asked = { stream_id: id, description: "changed", ...wrong };
      const { status, body } = await party.call(method, "/ssf/streams", asked);
      expect([status, body["code"]]).toEqual([400, "MALFORMED_REQUEST"]);
      expect(body["detail"]).toContain(Object.keys(wrong)[0]);
    }
    expect((await party.call("GET", `/ssf/streams?stream_id=${id}`)).body).not.toHaveProperty("description");
  });

  test("ok/extensions: signing_alg, sub_id_format, sub_id_issuer and bearer_polling are shown, changed, and reset by PUT", async () => {
    const extensions = {
      signing_alg: "RS256",
      sub_id_format: "iss_sub",
      sub_id_issuer: "oidc",
      bearer_polling: true,
    };
    const { party, id } = await withStream(extensions);
    const changed = await party.call("PATCH", "/ssf/streams", { stream_id: id, description: "d" });
    expect(changed.body).toMatchObject(extensions);
    const jti = await add(party);
    const { body } = await party.call("POST", `/ssf/poll/${id}`, { returnImmediately: true });
    expect(decodeJwt((body["sets"] as Record<string, string>)[jti]!)["sub_id"]).toEqual({
      format: "iss_sub",
      iss: `${gateway.url}/oidc`,
      sub: jti,
    });
    const { body: replaced } = await party.call("PUT", "/ssf/streams", { stream_id: id });
    expect(replaced).toMatchObject({
      signing_alg: "ES256",
      sub_id_format: "opaque",
      sub_id_issuer: "openid",
      bearer_polling: false,
    });
  });
});

test.each([
  ["GET", (id: string) => `/ssf/streams?stream_id=${id}`],
  ["PATCH", () => "/ssf/streams"],
  ["PUT", () => "/ssf/streams"],
  ["DELETE", (id: string) => `/ssf/streams?stream_id=${id}`],
  ["GET", (id: string) => `/ssf/status?stream_id=${id}`],
  ["POST", () => "/ssf/status"],
  ["POST", () => "/ssf/verify"],
  ["POST", () => "/ssf/subjects:add"],
  ["POST", () => "/ssf/subjects:remove"],
  ["POST", () => "/ssf/tokens"],
  ["DELETE", (id: string) => `/ssf/tokens?stream_id=${id}`],
  ["POST", (id: string) => `/ssf/poll/${id}`],
] as const)(
  "fail/%s %s of an unknown stream, whatever its id looks like: 404 (§8.1.1 to §8.1.4)",
  async (method, path) => {
    const { party } = await withStream();
    for (const id of [randomUUID(), "nope"]) {
      const body =
        method === "GET" || method === "DELETE"
          ? undefined
          : { stream_id: id, status: "paused", subject: { format: "opaque" } };
      const { status, body: problem } = await party.call(method, path(id), body);
      expect([status, problem["code"]]).toEqual([404, "NOT_FOUND"]);
    }
  },
);

describe("stream status (§8.1.2.1)", () => {
  test("ok/paused: events are held, and sent when the stream is enabled", async () => {
    const { party, id } = await withStream();
    const { jti } = await confirmed(party);
    await setStatus(party, id, "paused");
    const later = await add(party);
    expect(await polled(party, id)).toEqual([]);
    await setStatus(party, id, "enabled");
    expect((await polled(party, id)).toSorted()).toEqual([jti, later].toSorted());
  });

  test("ok/disabled: nothing is held, neither what was undelivered nor what happens meanwhile", async () => {
    const { party, id } = await withStream();
    const { person, jti, notificationId } = await confirmed(party);
    const verification = await add(party, { event: eventTypes.verification, subject: undefined });
    const future = await add(party, { happenedAt: new Date(Date.now() + 86_400_000) });
    expect((await setStatus(party, id, "disabled")).status).toBe(200);
    const meanwhile = await add(party);
    expect(await polled(party, id)).toEqual([]);
    await setStatus(party, id, "enabled");
    expect(await polled(party, id)).toEqual([]);
    const dropped = { state: "dead-lettered", last_error: "STREAM_DISABLED" };
    expect(await stateOf(jti)).toEqual(dropped);
    expect(await stateOf(meanwhile)).toEqual(dropped);
    expect(await stateOf(verification)).toMatchObject({ state: "cancelled" });
    expect(await stateOf(future)).toMatchObject({ state: "pending" });
    expect((await rowOf(gateway.registry.pool, "notifications", notificationId)).delivery).toBe(
      "dead-lettered",
    );
    expect(gateway.moved).toContain(`${person.consentId}/2`);
    const next = await add(party);
    expect(await polled(party, id)).toEqual([next]);
  });

  test("fail/disabled: a transmission that comes up is given up, not tried later", async () => {
    const { party, id } = await withStream();
    await setStatus(party, id, "disabled");
    const { jti } = await confirmed(party);
    await expect(world.activities.deliverEvent({ jti })).rejects.toMatchObject({
      type: "EventRefused",
      message: "STREAM_DISABLED",
      nonRetryable: true,
    });
    await world.activities.deadLetterEvent({ jti });
    await expect(world.activities.deliverEvent({ jti })).rejects.toMatchObject({ message: "DEAD_LETTER" });
  });
});

describe("subjects (§8.1.3)", () => {
  const change = (party: PartyCaller, what: "add" | "remove", id: string, subject: unknown) =>
    party.call("POST", `/ssf/subjects:${what}`, { stream_id: id, subject });

  test("ok/§8.1.3.3: about a removed person nothing is transmitted; added again, what happens then is", async () => {
    const { party, id } = await withStream();
    const { person, jti } = await confirmed(party);
    const subject = { format: "opaque", id: `pseudonym-${person.personId.slice(0, 8)}` };
    expect((await change(party, "remove", id, subject)).status).toBe(204);
    expect((await change(party, "remove", id, subject)).status).toBe(204);
    expect(await polled(party, id)).toEqual([]);
    await expect(world.activities.deliverEvent({ jti })).rejects.toMatchObject({
      type: "EventRefused",
      message: "SUBJECT_REMOVED",
    });
    await world.activities.deadLetterEvent({ jti });
    const other = await add(party);
    expect(await polled(party, id)).toEqual([other]);
    expect((await change(party, "add", id, { ...subject, more: "ignored" })).status).toBe(200);
    const next = await add(party, { subject: subject.id });
    expect((await polled(party, id)).toSorted()).toEqual([other, next].toSorted());
  });

  test("ok/by iss_sub, as the stream's events name persons", async () => {
    const { party, id } = await withStream({ sub_id_format: "iss_sub" });
    const { person, jti } = await confirmed(party);
    const sub = `pseudonym-${person.personId.slice(0, 8)}`;
    await change(party, "remove", id, { format: "iss_sub", iss: "https://other.example", sub });
    expect(await polled(party, id)).toEqual([jti]);
    await change(party, "remove", id, { format: "iss_sub", iss: `${gateway.url}/openid`, sub });
    expect(await polled(party, id)).toEqual([]);
  });

  test("ok/§9.1: a subject that the party does not have is answered in the same way, and not kept", async () => {
    const { party, id } = await withStream();
    const other = await confirmed((await withStream()).party);
    const theirs = `pseudonym-${other.person.personId.slice(0, 8)}`;
    for (const subject of [
      { format: "opaque", id: theirs },
      { format: "opaque", id: "nobody" },
      { format: "email", email: "a@example.com" },
    ]) {
      expect((await change(party, "remove", id, subject)).status).toBe(204);
      expect((await change(party, "add", id, subject)).status).toBe(200);
      await change(party, "remove", id, subject);
    }
    const { rows } = await gateway.registry.pool.query(
      "select 1 from removed_subjects where stream_id = $1",
      [id],
    );
    expect(rows).toEqual([]);
    expect(await stateOf(other.jti)).toMatchObject({ state: "pending" });
  });

  test("fail/§8.1.3.2: without a subject", async () => {
    const { party, id } = await withStream();
    for (const subject of [undefined, "a", { id: "a" }])
      expect((await change(party, "add", id, subject)).status).toBe(400);
  });
});

describe("deleting a stream (§8.1.1.5)", () => {
  test("ok/its events end with it: another stream does not have them", async () => {
    const { party, id } = await withStream();
    const { person, jti, notificationId } = await confirmed(party);
    const verification = await add(party, { event: eventTypes.verification, subject: undefined });
    expect((await party.call("DELETE", `/ssf/streams?stream_id=${id}`)).status).toBe(204);
    const { body } = await party.call("POST", "/ssf/streams", {});
    expect(await polled(party, String(body["stream_id"]))).toEqual([]);
    expect(await stateOf(jti)).toEqual({ state: "dead-lettered", last_error: "STREAM_DELETED" });
    expect(await stateOf(verification)).toMatchObject({ state: "cancelled", last_error: "STREAM_DELETED" });
    expect((await rowOf(gateway.registry.pool, "notifications", notificationId)).delivery).toBe(
      "dead-lettered",
    );
    expect(gateway.moved).toContain(`${person.consentId}/2`);
  });

  test("ok/many at once: one deletes it, the others find none", async () => {
    const { party, id } = await withStream();
    await Promise.all(Array.from({ length: 20 }, () => add(party)));
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => party.call("DELETE", `/ssf/streams?stream_id=${id}`)),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 404, 404, 404]);
  });
});

describe("a poll (RFC 8936 §2.4)", () => {
  test.each<{ ack?: unknown[] | null }>([
    { ack: ["nope", 7, null, ""] },
    { ack: null },
    { setErrs: null } as object,
    { setErrs: [] } as object,
    { setErrs: { nope: { err: "invalid_key" } } } as object,
    { maxEvents: null, returnImmediately: true } as object,
    { unknown: { members: ["are", "ignored"] } } as object,
  ])("ok/%j does not hold up the rest", async (asked) => {
    const { party, id } = await withStream();
    const [taken, waiting] = [await add(party), await add(party)];
    expect(await polled(party, id, { ...asked, ack: [...(asked.ack ?? []), taken] })).toEqual([waiting]);
    expect(await polled(party, id, asked)).toEqual([waiting]);
    expect(await stateOf(taken)).toMatchObject({ state: "delivered" });
  });

  test("ok/an error of another shape is not taken for one: the event is sent again", async () => {
    const { party, id } = await withStream();
    const jti = await add(party);
    for (const said of [null, "invalid_key", {}, { err: 7 }])
      expect(await polled(party, id, { setErrs: { [jti]: said } })).toEqual([jti]);
  });
});

describe("the gateway as a protected resource (RFC 9728)", () => {
  test("ok/§3: publishes what a token for it must be like", async () => {
    const response = await fetch(`${gateway.url}/.well-known/oauth-protected-resource`);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    const metadata = (await response.json()) as Record<string, unknown>;
    expect(metadata).toEqual({
      resource: gateway.url,
      authorization_servers: [`${gateway.url}/openid`],
      jwks_uri: `${gateway.url}/jwks.json`,
      scopes_supported: ["ssf", "attributes", "transactions", "links", "party"],
      bearer_methods_supported: ["header"],
      resource_name: expect.any(String),
      dpop_signing_alg_values_supported: ["ES256"],
      dpop_bound_access_tokens_required: true,
    });
    const [server] = metadata["authorization_servers"] as string[];
    const discovered = (await (await fetch(`${server}/.well-known/openid-configuration`)).json()) as object;
    expect(discovered).toMatchObject({ issuer: server });
  });

  test("ok/§5.1: a challenge names the metadata", async () => {
    for (const path of ["/ssf/streams", "/v1/attributes?consent=x"]) {
      const { headers, status } = await fetch(`${gateway.url}${path}`);
      expect(status).toBe(401);
      expect(headers.get("www-authenticate")).toMatch(
        /^DPoP .*, resource_metadata="http:[^"]+\/\.well-known\/oauth-protected-resource"$/,
      );
    }
  });
});
