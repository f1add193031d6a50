import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { JSONWebKeySet } from "jose";
import { verifySet } from "../../../client/relying-party/security-event.ts";
import { audienceOf, eventTypes } from "../../../protocol/events.ts";
import { addSecurityEvent } from "../../../registry/notification/security-events.ts";
import { eventually } from "../../integration/eventually.ts";
import { makePerson, type Person } from "../notification/people.ts";
import { makeWorld, rowOf, type World, withdraw } from "../notification/world.ts";
import type { PartyCaller } from "../openid/party-caller.ts";
import { type PartyGateway, startPartyGateway } from "../openid/party-gateway.ts";

let gateway: PartyGateway;
let world: World;
let jwks: JSONWebKeySet;

beforeAll(async () => {
  gateway = await startPartyGateway();
  world = await makeWorld(gateway.registry.pool);
  jwks = (await (await fetch(`${gateway.url}/jwks.json`)).json()) as JSONWebKeySet;
});
afterAll(async () => {
  await gateway?.close();
});

interface Poller {
  party: PartyCaller;
  id: string;
  /** Polls, and returns the tokens by their jti. */
  poll(body?: object): Promise<Record<string, string>>;
}

async function poller(more: object = {}): Promise<Poller> {
  const party = await gateway.party();
  const { body } = await party.call("POST", "/ssf/streams", more);
  const id = String(body["stream_id"]);
  return {
    party,
    id,
    async poll(asked = {}) {
      const answer = await party.call("POST", `/ssf/poll/${id}`, { returnImmediately: true, ...asked });
      expect(answer.status).toBe(200);
      return answer.body["sets"] as Record<string, string>;
    },
  };
}

/** A person of the party who has confirmed a change. */
async function confirmed({
  party,
}: Poller): Promise<{ person: Person; jti: string; notificationId: string }> {
  const person = await makePerson(gateway.registry.pool, { partyId: party.partyId });
  return { person, ...(await world.confirmed(person)) };
}

const add = async ({ party }: Poller, more: object = {}): Promise<string> => {
  const jti = randomUUID();
  const event = { jti, partyId: party.partyId, event: eventTypes.verification, claims: {}, ...more };
  await addSecurityEvent(gateway.registry.pool, event);
  return jti;
};
const eventRow = async (jti: string) =>
  (await gateway.registry.pool.query("select * from security_events where jti = $1", [jti])).rows[0];
const read = (set: string, { party }: Poller) =>
  verifySet(set, { jwks, issuer: gateway.url, audience: audienceOf(party.partyId) });

describe("a poll", () => {
  test("ok/a signed event names the person by pseudonym; acknowledged, it is delivered once", async () => {
    const bank = await poller();
    const { person, jti, notificationId } = await confirmed(bank);
    const sets = await bank.poll();
    expect(Object.keys(sets)).toEqual([jti]);
    expect(await read(sets[jti]!, bank)).toMatchObject({
      type: "attributes-changed",
      jti,
      txn: notificationId,
      consentId: person.consentId,
      anchorVersion: 2,
      attributes: ["address"],
      subject: `pseudonym-${person.personId.slice(0, 8)}`,
    });
    expect(await bank.poll()).toHaveProperty(jti);
    expect(await bank.poll({ ack: [jti] })).toEqual({});
    expect(await bank.poll({ ack: [jti] })).toEqual({});
    expect(await eventRow(jti)).toMatchObject({ state: "delivered" });
    expect((await rowOf(gateway.registry.pool, "notifications", notificationId)).delivery).toBe("delivered");
    expect(gateway.moved.filter((each) => each === `${person.consentId}/2`)).toHaveLength(1);
  });

  test("ok/RS256 where the stream asks for it", async () => {
    const bank = await poller({ signing_alg: "RS256" });
    const jti = await add(bank, { claims: { state: "s" } });
    const sets = await bank.poll();
    expect(JSON.parse(Buffer.from(sets[jti]!.split(".")[0]!, "base64url").toString())).toEqual({
      alg: "RS256",
      typ: "secevent+jwt",
      kid: "rs",
    });
    expect(await read(sets[jti]!, bank)).toMatchObject({ type: "verification", state: "s" });
  });

  test("ok/as many as are asked for, oldest first, and that there are more", async () => {
    const bank = await poller();
    const jtis = [await add(bank), await add(bank), await add(bank)];
    const { body } = await bank.party.call("POST", `/ssf/poll/${bank.id}`, { maxEvents: 2 });
    expect(Object.keys(body["sets"] as object).toSorted()).toEqual(jtis.slice(0, 2).toSorted());
    expect(body["moreAvailable"]).toBe(true);
    const last = await bank.party.call("POST", `/ssf/poll/${bank.id}`, {
      maxEvents: 2,
      ack: jtis.slice(0, 2),
    });
    expect(Object.keys(last.body["sets"] as object)).toEqual([jtis[2]]);
    expect(last.body).not.toHaveProperty("moreAvailable");
  });

  test("ok/only acknowledging asks for none", async () => {
    const bank = await poller();
    const [taken, waiting] = [await add(bank), await add(bank)];
    expect(await bank.poll({ returnImmediately: false, maxEvents: 0, ack: [taken] })).toEqual({});
    expect(Object.keys(await bank.poll())).toEqual([waiting]);
  });

  test("ok/a person's next event comes after the one before was taken; others do not wait", async () => {
    const bank = await poller();
    const [first, second] = [await add(bank, { subject: "a" }), await add(bank, { subject: "a" })];
    const other = await add(bank, { subject: "b" });
    expect(Object.keys(await bank.poll()).toSorted()).toEqual([first, other].toSorted());
    expect(Object.keys(await bank.poll({ ack: [first] })).toSorted()).toEqual([second, other].toSorted());
  });

  test("bad/forty polls that wait at once: a few do, and the others are answered at once", async () => {
    const bank = await poller();
    let over = 0;
    const polls = Array.from({ length: 40 }, async () => {
      const sets = await bank.poll({ returnImmediately: false });
      over += 1;
      return sets;
    });
    // Those that do not wait have ended, and the rest is ended by an event.
    await eventually(async () => over >= 36 || undefined);
    const answeredEarly = over;
    const jti = await add(bank);
    const answers = await Promise.all(polls);
    expect(answeredEarly).toBe(36);
    expect(answers.filter((sets) => jti in sets)).toHaveLength(4);
    expect(answers.filter((sets) => Object.keys(sets).length === 0)).toHaveLength(36);
  });

  test("ok/a long poll is held until there is an event", async () => {
    const bank = await poller();
    const polling = bank.poll({ returnImmediately: false });
    const jti = await add(bank);
    expect(Object.keys(await polling)).toEqual([jti]);
  });

  test("ok/events that were not requested are not sent; a paused stream sends nothing and loses nothing", async () => {
    const bank = await poller({ events_requested: [] });
    await confirmed(bank);
    expect(await bank.poll()).toEqual({});
    await bank.party.call("PATCH", "/ssf/streams", {
      stream_id: bank.id,
      events_requested: [eventTypes.attributesChanged],
    });
    await bank.party.call("POST", "/ssf/status", { stream_id: bank.id, status: "paused" });
    expect(await bank.poll()).toEqual({});
    await bank.party.call("POST", "/ssf/status", { stream_id: bank.id, status: "enabled" });
    expect(Object.keys(await bank.poll())).toHaveLength(1);
  });

  test("fail/after a withdrawal nothing about that person is sent", async () => {
    const bank = await poller();
    const { person } = await confirmed(bank);
    await withdraw(gateway.registry.pool, person);
    expect(await bank.poll()).toEqual({});
  });

  test("fail/after the consent's term", async () => {
    const bank = await poller();
    await confirmed(bank);
    const { now } = gateway.clock;
    try {
      gateway.clock.now = new Date(now.getTime() + 3_700 * 86_400_000);
      expect(await bank.poll()).toEqual({});
    } finally {
      gateway.clock.now = now;
    }
    expect(Object.keys(await bank.poll())).toHaveLength(1);
  });

  test("fail/another party gets nothing of it, and its acknowledgement has no effect", async () => {
    const [bank, other] = [await poller(), await poller()];
    const { jti } = await confirmed(bank);
    expect(await other.poll({ ack: [jti], setErrs: { [jti]: { err: "invalid_request" } } })).toEqual({});
    expect(await eventRow(jti)).toMatchObject({ state: "pending", attempts: 0, last_error: null });
    expect(Object.keys(await bank.poll())).toEqual([jti]);
  });

  test("fail/of another shape", async () => {
    const bank = await poller();
    for (const wrong of [{ maxEvents: -1 }, { ack: "x" }, { setErrs: "y" }, { setErrs: [1] }]) {
      const { status } = await bank.party.call("POST", `/ssf/poll/${bank.id}`, wrong);
      expect(status).toBe(400);
    }
  });
});

describe("what the party could not take", () => {
  test("ok/comes again where its keys or rights can be put right", async () => {
    const bank = await poller();
    const { jti } = await confirmed(bank);
    expect(Object.keys(await bank.poll({ setErrs: { [jti]: { err: "invalid_key" } } }))).toEqual([jti]);
    expect(await eventRow(jti)).toMatchObject({ state: "pending", attempts: 1, last_error: "invalid_key" });
  });

  test("ok/is a dead letter at once where it says that it never will; what it says is not kept", async () => {
    const bank = await poller();
    const { jti, person, notificationId } = await confirmed(bank);
    const err = "because 山田 has moved";
    expect(await bank.poll({ setErrs: { [jti]: { err, description: err } } })).toEqual({});
    expect(await eventRow(jti)).toMatchObject({ state: "dead-lettered", last_error: "invalid_request" });
    expect((await rowOf(gateway.registry.pool, "notifications", notificationId)).delivery).toBe(
      "dead-lettered",
    );
    expect(gateway.moved).toContain(`${person.consentId}/2`);
    // It says later that it has it after all.
    await bank.poll({ ack: [jti] });
    expect(await eventRow(jti)).toMatchObject({ state: "delivered" });
    expect((await rowOf(gateway.registry.pool, "notifications", notificationId)).delivery).toBe("delivered");
  });
});

test("ok/taken and withdrawn at the same moment: the first in the row counts, without a deadlock", async () => {
  for (let round = 0; round < 12; round += 1) {
    const bank = await poller();
    const { jti, person, notificationId } = await confirmed(bank);
    await bank.poll();
    const close = async () => {
      await withdraw(gateway.registry.pool, person);
      await world.activities.closeNotification({ notificationId, why: "cancelled" });
    };
    const both = [bank.poll({ ack: [jti] }), close()];
    await Promise.all(round % 2 === 0 ? both : both.toReversed());
    expect(await eventRow(jti)).toMatchObject({ state: "delivered" });
  }
});
