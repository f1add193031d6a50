import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { revokeCertificates } from "../../../domain/certificate/revoke-certificates.ts";
import { sha256, utf8 } from "../../../protocol/encoding.ts";
import { addPhone, day, makePerson } from "./people.ts";
import { startTestRegistry, type TestRegistry } from "./postgres.ts";
import { makeWorld, rowOf, type World, withdraw } from "./world.ts";

let registry: TestRegistry;
let world: World;

beforeAll(async () => {
  registry = await startTestRegistry();
  world = await makeWorld(registry.pool);
});
afterAll(async () => {
  await registry?.close();
});

const eventsOf = async (notificationId: string) =>
  (await registry.pool.query("select * from security_events where notification_id = $1", [notificationId]))
    .rows;

describe("the press", () => {
  test("ok/confirmed: the party may read the version, and an event without values is to be transmitted", async () => {
    const person = await makePerson(registry.pool);
    const { notificationId } = await world.opened(person);
    expect(await world.activities.recordAnswer(await world.stored(person, notificationId))).toEqual({
      kind: "confirmed",
    });
    expect(await rowOf(registry.pool, "consents", person.consentId)).toMatchObject({
      disclosed_version: 2,
      settled_version: 2,
    });
    const [event] = await eventsOf(notificationId);
    expect(event).toMatchObject({ state: "pending", party_id: person.partyId });
    expect(event.claims).toEqual({
      consent_id: person.consentId,
      anchor_version: 2,
      attributes: ["address"],
      attributes_uri: `https://ca.example/v1/attributes?consent=${person.consentId}`,
    });
    const view = await world.activities.readNotification({ notificationId });
    expect(view).toMatchObject({ state: "confirmed", delivery: "pending", jti: event.jti });
  });

  test("ok/declined: the version is decided, and the party keeps the earlier one", async () => {
    const person = await makePerson(registry.pool);
    const { notificationId } = await world.opened(person);
    const given = await world.stored(person, notificationId, { decision: "decline" });
    expect(await world.activities.recordAnswer(given)).toEqual({ kind: "declined" });
    expect(await rowOf(registry.pool, "consents", person.consentId)).toMatchObject({
      disclosed_version: 1,
      settled_version: 2,
    });
    expect(await eventsOf(notificationId)).toEqual([]);
  });

  test("ok/the same answer many times at once: one event, one outcome; another one after it is refused", async () => {
    const person = await makePerson(registry.pool);
    const { notificationId } = await world.opened(person);
    const given = await world.stored(person, notificationId);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => world.activities.recordAnswer(given)));
    expect(outcomes).toEqual(outcomes.map(() => ({ kind: "confirmed" })));
    expect(await eventsOf(notificationId)).toHaveLength(1);
    const other = await world.stored(person, notificationId, { decision: "decline" });
    expect(await world.activities.recordAnswer(other)).toMatchObject({ code: "NOTIFICATION_CLOSED" });
    expect(await world.activities.recordAnswer(given)).toEqual({ kind: "confirmed" });
  });

  test("ok/confirm and decline from two phones at once: exactly one counts", async () => {
    const person = await makePerson(registry.pool);
    const second = { ...person, phone: await addPhone(registry.pool, person.personId, person.partyId) };
    const { notificationId } = await world.opened(person);
    const outcomes = await Promise.all([
      world.activities.recordAnswer(await world.stored(person, notificationId)),
      world.activities.recordAnswer(await world.stored(second, notificationId, { decision: "decline" })),
    ]);
    const counted = outcomes.filter(({ kind }) => kind !== "refused");
    expect(counted).toHaveLength(1);
    const { state } = await rowOf(registry.pool, "notifications", notificationId);
    expect(state).toBe(counted[0]!.kind);
    expect(await eventsOf(notificationId)).toHaveLength(state === "confirmed" ? 1 : 0);
  });

  test("fail/an answer over a text that was not to be shown", async () => {
    const person = await makePerson(registry.pool);
    const { notificationId } = await world.opened(person);
    const given = await world.stored(person, notificationId, {
      shownSha256: await sha256(utf8("something else")),
    });
    expect(await world.activities.recordAnswer(given)).toMatchObject({ code: "SHOWN_MISMATCH" });
    // The right one still counts.
    expect(await world.activities.recordAnswer(await world.stored(person, notificationId))).toEqual({
      kind: "confirmed",
    });
  });

  test("fail/the shown text covers more than the consent does now", async () => {
    const person = await makePerson(registry.pool);
    const { notificationId } = await world.opened(person);
    const given = await world.stored(person, notificationId);
    await registry.pool.query("update consents set attributes = '{name}' where id = $1", [person.consentId]);
    expect(await world.activities.recordAnswer(given)).toMatchObject({ code: "SHOWN_MISMATCH" });
    expect(await eventsOf(notificationId)).toEqual([]);
  });

  test("fail/an answer by a phone that was revoked or replaced after it signed", async () => {
    for (const end of ["revoked", "superseded", "certificate"] as const) {
      const person = await makePerson(registry.pool);
      const { notificationId } = await world.opened(person);
      const given = await world.stored(person, notificationId);
      if (end === "certificate")
        await revokeCertificates(
          registry.pool,
          { enrolmentId: person.phone.enrolmentId },
          "keyCompromise",
          "person",
        );
      else
        await registry.pool.query("update enrolments set state = $2 where id = $1", [
          person.phone.enrolmentId,
          end,
        ]);
      expect(await world.activities.recordAnswer(given)).toMatchObject({ code: "MESSAGE_UNTRUSTED" });
      expect((await rowOf(registry.pool, "notifications", notificationId)).state).toBe("open");
    }
  });

  test("fail/an answer by another person's phone, or the person's phone at another party", async () => {
    const person = await makePerson(registry.pool);
    const { notificationId } = await world.opened(person);
    const stranger = await makePerson(registry.pool, { partyId: person.partyId });
    const elsewhere = await makePerson(registry.pool);
    const phone = await addPhone(registry.pool, person.personId, elsewhere.partyId);
    for (const other of [stranger, { phone }]) {
      const given = await world.stored(other, notificationId);
      expect(await world.activities.recordAnswer(given)).toMatchObject({ code: "MESSAGE_UNTRUSTED" });
    }
    expect(await eventsOf(notificationId)).toEqual([]);
  });

  test("fail/a late answer: expired, superseded, or past the end of a notification not yet closed", async () => {
    const person = await makePerson(registry.pool);
    const { notificationId } = await world.opened(person);
    const given = await world.stored(person, notificationId);
    const now = world.plays.now;
    try {
      world.plays.now = new Date(now.getTime() + 31 * day);
      expect(await world.activities.recordAnswer(given)).toMatchObject({ code: "NOTIFICATION_CLOSED" });
    } finally {
      world.plays.now = now;
    }
    await world.activities.closeNotification({ notificationId, why: "expired" });
    const again = await world.stored(person, notificationId);
    expect(await world.activities.recordAnswer(again)).toMatchObject({ code: "NOTIFICATION_CLOSED" });
  });

  test("fail/after a withdrawal nothing is confirmed, disclosed or transmitted", async () => {
    const person = await makePerson(registry.pool);
    const { notificationId } = await world.opened(person);
    const given = await world.stored(person, notificationId);
    await withdraw(registry.pool, person);
    expect(await world.activities.recordAnswer(given)).toMatchObject({ code: "CONSENT_NOT_IN_FORCE" });
    expect((await rowOf(registry.pool, "consents", person.consentId)).disclosed_version).toBe(1);
    expect(await eventsOf(notificationId)).toEqual([]);
  });

  test("ok/a withdrawal at the same moment: the first in the row counts, and nothing is transmitted after it", async () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < 20; round += 1) {
      const person = await makePerson(registry.pool);
      await world.streamOf(person);
      const { notificationId } = await world.opened(person);
      const given = await world.stored(person, notificationId);
      const press = () => world.activities.recordAnswer(given);
      const both =
        round % 2 === 0
          ? [press(), withdraw(registry.pool, person)]
          : [withdraw(registry.pool, person), press()];
      const outcome = (await Promise.all(both)).find((each) => "kind" in each) as { kind: string };
      outcomes.add(outcome.kind);
      const [event] = await eventsOf(notificationId);
      expect(event !== undefined).toBe(outcome.kind === "confirmed");
      world.received.length = 0;
      if (event)
        expect(await world.activities.deliverEvent({ jti: event.jti })).toEqual({ kind: "cancelled" });
      expect(world.received).toEqual([]);
    }
    expect([...outcomes].every((kind) => kind === "confirmed" || kind === "refused")).toBe(true);
  });

  test("ok/each act leaves a line, with ids only", async () => {
    const person = await makePerson(registry.pool);
    const { notificationId } = await world.confirmed(person);
    const { rows } = await registry.pool.query(
      "select act, detail from audit_lines where subject = $1 order by id",
      [notificationId],
    );
    expect(rows.map(({ act }) => act)).toEqual(["notification-opened", "notification-answered"]);
    expect(JSON.stringify(rows)).not.toMatch(/山田|大阪|東京/);
  });

  test("ok/an answer that was never stored is an error of the engine, not an outcome", async () => {
    const given = { notificationId: randomUUID(), answerId: randomUUID() };
    await expect(world.activities.recordAnswer(given)).rejects.toThrow("not in the registry");
  });
});
