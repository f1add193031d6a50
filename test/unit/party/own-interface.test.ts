import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createProvenLimits } from "../../../gateway/limits/proven-limits.ts";
import { eventTypes } from "../../../protocol/events.ts";
import type { OwnEvent, OwnRead } from "../../../protocol/own-interface.ts";
import { addAttributeRead } from "../../../registry/attribute-record/reads.ts";
import { addSecurityEvent, findSecurityEvent } from "../../../registry/notification/security-events.ts";
import { day, makePerson, type Person } from "../notification/people.ts";
import { withdraw } from "../notification/world.ts";
import type { PartyCaller } from "../openid/party-caller.ts";
import { type PartyGateway, publishedGeneration, startPartyGateway } from "../openid/party-gateway.ts";

let gateway: PartyGateway;
beforeAll(async () => {
  gateway = await startPartyGateway();
});
afterAll(async () => {
  await gateway?.close();
});

const scope = { scope: "party" };
const get = async (party: PartyCaller, path: string) => {
  const { status, body } = await party.call("GET", `/v1/party${path}`, undefined, scope);
  return { status, ...body } as Record<string, unknown>;
};
const replay = async (party: PartyCaller, body: unknown) => {
  const answer = await party.call("POST", "/v1/party/replays", body, scope);
  return { status: answer.status, ...answer.body } as Record<string, unknown>;
};
const set = (jti: string, columns: string) =>
  gateway.registry.pool.query(`update security_events set ${columns} where jti = $1`, [jti]);

async function customerOf(party: PartyCaller): Promise<Person & { sub: string }> {
  const person = await makePerson(gateway.registry.pool, { partyId: party.partyId });
  const { rows } = await gateway.registry.pool.query(
    "select pseudonym from enrolments where person_id = $1",
    [person.personId],
  );
  return { ...person, sub: rows[0].pseudonym };
}

/** An event about a customer, under the consent. */
async function eventOf(
  { partyId, consentId, sub }: Person & { sub: string },
  happenedAt?: Date,
): Promise<string> {
  const jti = randomUUID();
  await addSecurityEvent(gateway.registry.pool, {
    jti,
    partyId,
    event: eventTypes.attributesChanged,
    subject: sub,
    consentId,
    claims: { consent_id: consentId },
    ...(happenedAt ? { happenedAt } : {}),
  });
  return jti;
}

describe("a party sees", () => {
  test("ok/who it is, both issuers, and where roots and CRLs are", async () => {
    const party = await gateway.party();
    expect(await get(party, "")).toEqual({
      status: 200,
      party: party.partyId,
      client: party.clientId,
      audience: `urn:kazasu:party:${party.partyId}`,
      issuers: { openid: `${gateway.url}/openid`, oidc: `${gateway.url}/oidc` },
      ocsp: "http://ocsp.ca.example/",
      generations: [publishedGeneration],
    });
  });

  test("ok/its undelivered events, oldest first, by page: the last error, and when they are tried again", async () => {
    const party = await gateway.party();
    const customer = await customerOf(party);
    const [first, second, third] = [
      await eventOf(customer),
      await eventOf(customer),
      await eventOf(customer),
    ];
    const next = new Date("2099-01-01T00:00:00.000Z");
    await set(
      first,
      `attempts = 3, last_error = 'PARTY_UNREACHABLE', next_attempt_at = '${next.toISOString()}'`,
    );
    const page = await get(party, "/events?limit=2");
    expect(page["events"]).toEqual([
      {
        jti: first,
        event: eventTypes.attributesChanged,
        sub: customer.sub,
        consentId: customer.consentId,
        state: "pending",
        at: expect.any(String),
        attempts: 3,
        lastError: "PARTY_UNREACHABLE",
        nextAttemptAt: next.toISOString(),
      },
      expect.objectContaining({ jti: second, attempts: 0 }),
    ]);
    const rest = await get(party, `/events?limit=2&after=${String(page["next"])}`);
    expect(rest["events"]).toMatchObject([{ jti: third }]);
    expect(rest).not.toHaveProperty("next");
  });

  test("ok/dead-lettered and delivered ones", async () => {
    const party = await gateway.party();
    const customer = await customerOf(party);
    const [dead, delivered] = [await eventOf(customer), await eventOf(customer)];
    await set(dead, "state = 'dead-lettered', last_error = 'invalid_request', attempts = 1");
    await set(delivered, "state = 'delivered', delivered_at = now(), attempts = 1");
    expect((await get(party, "/events?state=dead-lettered"))["events"]).toMatchObject([
      { jti: dead, state: "dead-lettered", lastError: "invalid_request" },
    ]);
    expect((await get(party, "/events?state=delivered"))["events"]).toMatchObject([
      { jti: delivered, deliveredAt: expect.any(String) },
    ]);
  });

  test("bad/an event before it happens, or when the act behind it happened", async () => {
    const party = await gateway.party();
    const customer = await customerOf(party);
    const later = new Date(Date.now() + day);
    const jti = await eventOf(customer, later);
    expect((await get(party, "/events"))["events"]).toEqual([]);
    expect(await replay(party, { jti })).toMatchObject({ status: 404 });
    const earlier = new Date(Date.now() - day);
    await set(jti, `happened_at = '${earlier.toISOString()}'`);
    const { events } = (await get(party, "/events")) as { events: OwnEvent[] };
    expect(events).toMatchObject([{ jti, at: earlier.toISOString() }]);
  });

  test("bad/an undelivered event whose consent was withdrawn", async () => {
    const party = await gateway.party();
    const customer = await customerOf(party);
    const jti = await eventOf(customer);
    await withdraw(gateway.registry.pool, customer);
    expect((await get(party, "/events"))["events"]).toEqual([]);
    await set(jti, "state = 'dead-lettered'");
    expect((await get(party, "/events?state=dead-lettered"))["events"]).toEqual([]);
    expect(await replay(party, { jti })).toMatchObject({ status: 409, code: "EVENT_NOT_REPLAYABLE" });
  });

  test("ok/its reads of 30 days by pseudonym, newest first, by page, without values", async () => {
    const party = await gateway.party();
    const [customer, other] = [await customerOf(party), await customerOf(party)];
    const add = (of: Person, daysAgo: number, most = 100) =>
      addAttributeRead(
        gateway.registry.pool,
        {
          consentId: of.consentId,
          personId: of.personId,
          partyId: party.partyId,
          version: 2,
          attributes: ["address"],
          asked: ["name", "address"],
          way: "userinfo",
          readAt: new Date(Date.now() - daysAgo * day),
        },
        most,
      );
    await add(customer, 31);
    await add(customer, 29);
    await add(customer, 1);
    await add(other, 0);
    await add(other, 0, 1);
    const page = await get(party, "/reads?limit=2");
    expect(page["reads"]).toEqual([
      expect.objectContaining({ sub: other.sub, times: 2 }),
      {
        sub: customer.sub,
        consentId: customer.consentId,
        anchorVersion: 2,
        way: "userinfo",
        asked: ["name", "address"],
        given: ["address"],
        at: expect.any(String),
        times: 1,
        lastAt: expect.any(String),
      },
    ]);
    const rest = await get(party, `/reads?limit=2&after=${String(page["next"])}`);
    expect(rest["reads"]).toHaveLength(1);
    const mine = (await get(party, `/reads?sub=${other.sub}`)) as { reads: OwnRead[] };
    expect(mine.reads.map(({ sub }) => sub)).toEqual([other.sub]);
    expect(JSON.stringify([page, rest])).not.toMatch(new RegExp(`山田|東京|大阪|${customer.personId}`));
  });

  test("bad/nothing of another party: neither events, reads, nor a place in its lists", async () => {
    const [party, other] = [await gateway.party(), await gateway.party()];
    const customer = await customerOf(party);
    const jti = await eventOf(customer);
    await eventOf(customer);
    await set(jti, "state = 'dead-lettered'");
    await eventOf(customer);
    expect((await get(other, "/events"))["events"]).toEqual([]);
    expect((await get(other, "/events?state=dead-lettered"))["events"]).toEqual([]);
    expect((await get(other, `/reads?sub=${customer.sub}`))["reads"]).toEqual([]);
    expect(await replay(other, { jti })).toMatchObject({ status: 404, code: "NOT_FOUND" });
    expect(await replay(other, { states: ["dead-lettered"] })).toEqual({
      status: 200,
      jtis: [],
      more: false,
    });
    const { next } = await get(party, "/events?limit=1");
    expect(await get(other, `/events?after=${String(next)}`)).toMatchObject({ code: "MALFORMED_REQUEST" });
    expect(await get(party, `/events?state=delivered&after=${String(next)}`)).toMatchObject({
      code: "MALFORMED_REQUEST",
    });
    expect(await get(party, `/reads?after=${String(next)}`)).toMatchObject({ code: "MALFORMED_REQUEST" });
  });

  test("bad/pages of no rows or too many, unknown states and other cursors", async () => {
    const party = await gateway.party();
    for (const query of [
      "limit=0",
      "limit=101",
      "limit=x",
      "state=cancelled",
      "after=0_1_2",
      "after=",
      "more=1",
    ])
      expect(await get(party, `/events?${query}`)).toMatchObject({ status: 400, code: "MALFORMED_REQUEST" });
    for (const query of ["limit=101", `sub=${"x".repeat(129)}`, "personId=1"])
      expect(await get(party, `/reads?${query}`)).toMatchObject({ status: 400, code: "MALFORMED_REQUEST" });
  });
});

describe("a party replays", () => {
  test("ok/one event, and those of a time range", async () => {
    const party = await gateway.party();
    const customer = await customerOf(party);
    const [dead, delivered] = [await eventOf(customer), await eventOf(customer)];
    await set(dead, "state = 'dead-lettered'");
    await set(delivered, "state = 'delivered', delivered_at = now()");
    expect(await replay(party, { jti: dead })).toEqual({ status: 200, jtis: [dead], more: false });
    expect(gateway.transmitted).toContain(dead);
    const from = new Date(Date.now() - 60_000).toISOString();
    const range = {
      states: ["delivered", "dead-lettered"],
      from,
      until: new Date(Date.now() + 60_000).toISOString(),
    };
    expect(await replay(party, range)).toEqual({ status: 200, jtis: [delivered], more: false });
    expect((await findSecurityEvent(gateway.registry.pool, delivered))?.state).toBe("pending");
    expect(await replay(party, { jti: dead })).toMatchObject({
      status: 409,
      code: "EVENT_NOT_REPLAYABLE",
      detail: expect.stringContaining("on its way"),
    });
  });

  test("fail/while Temporal does not answer: nothing is on its way, and the same again works", async () => {
    const party = await gateway.party();
    const jti = await eventOf(await customerOf(party));
    await set(jti, "state = 'dead-lettered'");
    gateway.temporal.isAway = true;
    expect(await replay(party, { jti })).toMatchObject({ status: 503, code: "TRY_AGAIN" });
    expect((await findSecurityEvent(gateway.registry.pool, jti))?.state).toBe("dead-lettered");
    gateway.temporal.isAway = false;
    expect(await replay(party, { jti })).toMatchObject({ status: 200 });
  });

  test("bad/nothing named, other states, and words for times", async () => {
    const party = await gateway.party();
    for (const body of [
      {},
      [],
      { jti: "x" },
      { states: [] },
      { states: ["cancelled"] },
      { states: ["delivered"], from: "now" },
    ])
      expect(await replay(party, body)).toMatchObject({ status: 400, code: "MALFORMED_REQUEST" });
  });

  test("bad/more than 30 changes a minute", async () => {
    const clock = () => new Date(0);
    const limits = createProvenLimits({ perEnrolment: 10, perParty: 1_000, clock });
    for (let count = 0; count < 30; count += 1) limits.partyChange("bank");
    expect(() => limits.partyChange("bank")).toThrow(/30 requests a minute/);
    limits.partyChange("another");
  });
});
