import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { attributesChanged, eventTypes } from "../../../protocol/events.ts";
import type { AttributeName } from "../../../protocol/names.ts";
import { findConsent } from "../../../registry/consent/consents.ts";
import { pendingFor } from "../../../registry/notification/security-events.ts";
import { firstRecord } from "../notification/people.ts";
import {
  makeWorld as makeNotificationWorld,
  type World as NotificationWorld,
} from "../notification/world.ts";
import { learned, readBy } from "../recognition/learned.ts";
import { person, playConsents, registry, world } from "./consent-registry.ts";
import { makeWorld } from "./world.ts";

/** The events that a party gets of a consent that is widened, or given anew after it had ended. */

let notifying: NotificationWorld;
playConsents();
beforeAll(async () => {
  notifying = await makeNotificationWorld(registry.pool);
});

const newAddress = "大阪府大阪市北区中之島一丁目３番２０号";
const moves = (address = newAddress) =>
  learned(registry.pool, person.personId, { address, addressSubstitution: "" });
const amended = async (consentId: string, attributes: AttributeName[]) => {
  const { outcome } = await world.changed(person, { consentId, act: "amend", attributes });
  expect(outcome.kind).toBe("applied");
  return outcome;
};
const withdrawn = (consentId: string) =>
  world.changed(person, { consentId, act: "withdraw", attributes: [] });
const asks = (consentId: string, version: number) =>
  notifying.activities.openNotification({ consentId, version });
const reads = async (consentId: string) => (await readBy(registry.pool, consentId)).attributes;

/** What waits for the party: the claims of each event, oldest first. */
async function waiting() {
  const events = await registry.pool.query(
    "select claims, subject, state from security_events where party_id = $1 and event = $2 order by position",
    [person.partyId, eventTypes.attributesChanged],
  );
  return events.rows
    .filter(({ state }) => state === "pending")
    .map(({ claims, subject }) => ({ ...attributesChanged.parse(claims), subject }));
}
/** The same, as the party polls it. */
const polled = () =>
  pendingFor(registry.pool, {
    partyId: person.partyId,
    events: [eventTypes.attributesChanged],
    limit: 10,
    now: new Date(),
  });

describe("a consent that is widened", () => {
  test("ok/narrowed, moved, widened: the party gets an event about the address and reads the latest from the register", async () => {
    const consentId = await world.granted(person);
    await amended(consentId, ["name"]);
    const { version } = await moves();
    expect(await asks(consentId, version)).toEqual({ kind: "nothing-to-tell" });
    expect(await waiting()).toEqual([]);
    await amended(consentId, ["name", "address"]);
    expect(await waiting()).toEqual([
      {
        consent_id: consentId,
        anchor_version: version,
        attributes: ["address"],
        attributes_uri: `https://ca.example/v1/attributes?consent=${consentId}`,
        subject: expect.stringContaining("pseudonym"),
      },
    ]);
    expect(await readBy(registry.pool, consentId)).toMatchObject({
      version,
      attributes: { address: newAddress },
    });
  });

  test("ok/narrowed while the person is asked, and confirmed for the rest: the party gets the address once it is consented to again", async () => {
    const consentId = await world.granted(person);
    const { version } = await learned(registry.pool, person.personId, {
      name: "佐藤　太郎",
      address: newAddress,
    });
    const opened = await asks(consentId, version);
    if ("kind" in opened) throw new Error("Nothing was asked.");
    await amended(consentId, ["name"]);
    const answer = await notifying.stored(person, opened.notificationId);
    expect(await notifying.activities.recordAnswer(answer)).toEqual({ kind: "confirmed" });
    await amended(consentId, ["name", "address"]);
    expect((await waiting()).map(({ attributes }) => attributes)).toEqual([["name"], ["address"]]);
    expect(await reads(consentId)).toMatchObject({ name: "佐藤　太郎", address: newAddress });
  });

  test("ok/confirmed, narrowed before the party has fetched, widened: the party gets another event", async () => {
    const consentId = await world.granted(person);
    const { version } = await moves();
    const opened = await asks(consentId, version);
    if ("kind" in opened) throw new Error("Nothing was asked.");
    await notifying.activities.recordAnswer(await notifying.stored(person, opened.notificationId));
    await amended(consentId, ["name"]);
    await amended(consentId, ["name", "address"]);
    expect((await waiting()).map(({ attributes }) => attributes)).toEqual([["address"], ["address"]]);
  });

  test("ok/the party gets an attribute that it never had, and a declined one stays declined", async () => {
    const consentId = await world.granted(person);
    const { version } = await learned(registry.pool, person.personId, {
      name: "佐藤　太郎",
      dateOfBirth: "419900501",
    });
    const opened = await asks(consentId, version);
    if ("kind" in opened) throw new Error("Nothing was asked.");
    const answer = await notifying.stored(person, opened.notificationId, { decision: "decline" });
    await notifying.activities.recordAnswer(answer);
    await amended(consentId, ["name", "address", "dateOfBirth"]);
    expect(await waiting()).toMatchObject([{ attributes: ["dateOfBirth"], anchor_version: 1 }]);
    expect(await readBy(registry.pool, consentId)).toMatchObject({
      version: 1,
      attributes: { name: firstRecord.name, dateOfBirth: "419900501" },
    });
    // The next change asks about the name again, and not about the date, which the party has.
    const { version: next } = await moves();
    const again = await asks(consentId, next);
    if ("kind" in again) throw new Error("Nothing was asked.");
    const { rows } = await registry.pool.query("select attributes from notifications where id = $1", [
      again.notificationId,
    ]);
    expect(rows[0].attributes).toEqual(["name", "address"]);
  });

  test("ok/a change that the person is being asked about is transmitted only once confirmed", async () => {
    const consentId = await world.granted(person);
    const { version } = await moves();
    const opened = await asks(consentId, version);
    if ("kind" in opened) throw new Error("Nothing was asked.");
    await amended(consentId, ["name"]);
    await amended(consentId, ["name", "address"]);
    expect(await waiting()).toEqual([]);
    expect(await reads(consentId)).toMatchObject({ address: firstRecord.address });
    await notifying.activities.recordAnswer(await notifying.stored(person, opened.notificationId));
    expect((await waiting()).map(({ attributes }) => attributes)).toEqual([["address"]]);
    expect(await reads(consentId)).toMatchObject({ address: newAddress });
  });

  test("ok/an attribute given with a version that is being asked about: confirming the rest does not take it back", async () => {
    const consentId = await world.granted(person, { attributes: ["name"] });
    const { version } = await learned(registry.pool, person.personId, { name: "佐藤　太郎" });
    const opened = await asks(consentId, version);
    if ("kind" in opened) throw new Error("Nothing was asked.");
    await moves();
    await amended(consentId, ["name", "address"]);
    expect(await reads(consentId)).toMatchObject({ name: firstRecord.name, address: newAddress });
    await notifying.activities.recordAnswer(await notifying.stored(person, opened.notificationId));
    expect(await reads(consentId)).toMatchObject({ name: "佐藤　太郎", address: newAddress });
    expect(await asks(consentId, version + 1)).toEqual({ kind: "nothing-to-tell" });
    expect(await reads(consentId)).toMatchObject({ name: "佐藤　太郎", address: newAddress });
  });

  test("bad/a renewed or narrowed consent sends no event, nor does one towards the register", async () => {
    const consentId = await world.granted(person);
    await moves();
    await world.changed(person, { consentId, act: "renew" });
    await amended(consentId, ["name"]);
    await world.granted(person, { kind: "register-refresh" });
    expect(await waiting()).toEqual([]);
  });

  test("ok/the same message again is one event", async () => {
    const consentId = await world.granted(person, { attributes: ["name"] });
    const { changeId } = await world.changed(person, {
      consentId,
      act: "amend",
      attributes: ["name", "address"],
    });
    await world.activities.applyChange({ changeId });
    expect(await waiting()).toHaveLength(1);
  });
});

describe("a consent that is given anew", () => {
  test("ok/after a withdrawal and a move: the party gets an event of the new consent and reads under it", async () => {
    const first = await world.granted(person);
    expect(await waiting()).toEqual([]);
    await withdrawn(first);
    const { version } = await moves();
    const second = await world.granted(person);
    expect(await waiting()).toMatchObject([
      { consent_id: second, anchor_version: version, attributes: ["name", "address"] },
    ]);
    expect(await reads(second)).toMatchObject({ address: newAddress });
  });

  test("bad/withdrawn before the party took the event: it is not transmitted, and does not block the next one", async () => {
    const first = await world.granted(person);
    await withdrawn(first);
    const second = await world.granted(person);
    const [event] = await polled();
    await withdrawn(second);
    expect(await polled()).toEqual([]);
    expect(await notifying.activities.deliverEvent({ jti: event!.jti })).toEqual({ kind: "cancelled" });
    const third = await world.granted(person);
    expect((await polled()).map(({ claims }) => claims)).toMatchObject([{ consent_id: third }]);
  });

  test("bad/a consent whose term has ended sends nothing", async () => {
    const first = await world.granted(person);
    await withdrawn(first);
    const second = await world.granted(person);
    expect(await polled()).toHaveLength(1);
    await registry.pool.query("update consents set valid_until = now() - interval '1 day' where id = $1", [
      second,
    ]);
    const { rows } = await registry.pool.query(
      "select jti from security_events where party_id = $1 and state = 'pending'",
      [person.partyId],
    );
    expect(await polled()).toEqual([]);
    expect(await notifying.activities.deliverEvent({ jti: rows[0].jti })).toEqual({ kind: "cancelled" });
  });

  test("ok/after a withdrawal, another person's grant sends no event", async () => {
    const first = await world.granted(person);
    await withdrawn(first);
    const elsewhere = await world.newPerson(person.partyId);
    await world.granted(elsewhere);
    expect(await waiting()).toEqual([]);
  });
});

describe("the lifecycle", () => {
  test("ok/reads in the row that an event is to be transmitted, until the party has it", async () => {
    const consentId = await world.granted(person, { attributes: ["name"] });
    expect(await amended(consentId, ["name", "address"])).toMatchObject({ view: { announcing: true } });
    const handed: string[] = [];
    const { activities } = await makeWorld(registry.pool, { transmit: async (jti) => void handed.push(jti) });
    await activities.announceConsent({ consentId });
    const [event] = await polled();
    expect(handed).toEqual([event!.jti]);
    await notifying.streamOf(person);
    expect(await notifying.activities.deliverEvent({ jti: event!.jti })).toEqual({ kind: "delivered" });
    expect(await activities.readConsent({ consentId })).not.toHaveProperty("announcing");
    await activities.announceConsent({ consentId });
    expect(handed).toHaveLength(1);
  });

  test("bad/an ended consent transmits nothing", async () => {
    const consentId = await world.granted(person, { attributes: ["name"] });
    await amended(consentId, ["name", "address"]);
    await withdrawn(consentId);
    const handed: string[] = [];
    const { activities } = await makeWorld(registry.pool, { transmit: async (jti) => void handed.push(jti) });
    await activities.announceConsent({ consentId });
    await activities.announceConsent({ consentId: randomUUID() });
    expect(handed).toEqual([]);
    expect((await findConsent(registry.pool, consentId))?.state).toBe("withdrawn");
  });
});
