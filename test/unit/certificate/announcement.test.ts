import { randomUUID } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { type PhoneEnrolment } from "../../../client/app/phone-message.ts";
import { askSealed } from "../../../client/app/sealed-question.ts";
import { stopPhones } from "../../../domain/certificate/stopping.ts";
import { labels } from "../../../protocol/labels.ts";
import { inbox as inboxShape } from "../../../protocol/notification.ts";
import { transaction } from "../../../registry/database.ts";
import { addPhone, day, makePerson, type Person, sealer } from "../notification/people.ts";
import {
  dueOf,
  elsewhere,
  enrolled,
  gateway,
  left,
  newPhones,
  pass,
  playAnnouncements,
  pushed,
  readCertificate,
  registry,
  tellOfCertificate,
} from "./announcement-world.ts";

playAnnouncements();

describe("the notice of a first enrolment", () => {
  test("ok/is sent to each phone at its own random moment within a day, and shown to none before", async () => {
    const person = await makePerson(registry.pool);
    const others = [person.phone];
    for (let count = 0; count < 7; count += 1)
      others.push(await addPhone(registry.pool, person.personId, await elsewhere()));
    const before = Date.now();
    const fresh = await enrolled(person, await elsewhere());
    const due = (await dueOf(fresh)).map((at) => at.getTime());
    expect(new Set(due).size).toBe(others.length);
    expect(due[0]).toBeGreaterThan(before);
    expect(due.at(-1)).toBeLessThanOrEqual(Date.now() + day);
    // Eight moments within a day: that all lie in one quarter of it comes about once in two thousand.
    expect(due.at(-1)! - due[0]!).toBeGreaterThan(day / 16);
    for (const phone of others) expect(await newPhones(phone)).toEqual([]);
    await registry.pool.query("update certificate_notices set due_at = now() where about = $1", [
      fresh.enrolmentId,
    ]);
    for (const phone of others) expect(await newPhones(phone)).toMatchObject([{ where: "elsewhere" }]);
  });

  test("ok/is dated by the day in Japan on which the phone was enrolled", async () => {
    const person = await makePerson(registry.pool);
    const fresh = await enrolled(person, await elsewhere());
    await registry.pool.query(
      "update certificates set issued_at = '2026-11-30T20:00:00Z' where enrolment_id = $1",
      [fresh.enrolmentId],
    );
    await pass(person.personId, 24);
    await registry.pool.query(
      "update certificate_notices set due_at = due_at + interval '1 minute' where about = $1",
      [fresh.enrolmentId],
    );
    expect(await newPhones(person.phone)).toEqual([
      {
        noticeId: expect.any(String),
        where: "elsewhere",
        at: "2026-11-30T15:00:00.000Z",
        datedBy: "day",
        stopped: false,
        mayStop: true,
      },
    ]);
  });

  test("ok/a phone that replaces another gets the notices that were not yet sent to it, without a vote", async () => {
    const person = await makePerson(registry.pool);
    const thief = await enrolled(person, await elsewhere());
    const next = await enrolled(person, person.partyId, person.phone);
    const [first, second, ...none] = await dueOf(thief);
    expect([second, none]).toEqual([first, []]);
    await registry.pool.query("update certificate_notices set due_at = now() where about = $1", [
      thief.enrolmentId,
    ]);
    expect(await newPhones(next)).toMatchObject([{ where: "elsewhere", mayStop: false }]);
    expect(await newPhones(person.phone)).toContainEqual(
      expect.objectContaining({ where: "elsewhere", mayStop: true }),
    );
  });

  test("ok/an older SDK gets the response shape that it knows", async () => {
    const person = await makePerson(registry.pool);
    await enrolled(person, person.partyId, person.phone);
    const { newPhones: shown } = await askSealed(
      person.phone,
      { type: labels.inbox },
      gateway.inbox,
      inboxShape,
    );
    expect(Object.keys(shown[0]!)).toEqual(["noticeId", "where", "at", "stopped"]);
  });

  test("ok/the lifecycle of the notified phone's certificate has a timer for it, also where the phone was replaced", async () => {
    const person = await makePerson(registry.pool);
    const { enrolmentId } = person.phone;
    const next = await enrolled(person, person.partyId, person.phone);
    await tellOfCertificate({ enrolmentId });
    expect(await readCertificate({ enrolmentId })).toEqual({ kind: "over", untold: false });
    const fresh = await enrolled(person, await elsewhere());
    const [first, last] = await dueOf(fresh);
    for (const [phone, kind] of [
      [person.phone, "asked"],
      [next, "good"],
    ] as const) {
      const view = await readCertificate(phone);
      expect(view).toMatchObject({ kind, next: { step: "tell-new-phone" }, untold: false });
      expect([first!.toISOString(), last!.toISOString()]).toContain(
        (view as { next: { at: string } }).next.at,
      );
    }
    pushed.length = 0;
    await tellOfCertificate({ enrolmentId });
    expect(pushed).toEqual([]);
    await left(fresh, person.phone);
    expect(await readCertificate({ enrolmentId })).toEqual({ kind: "over", untold: false });
    expect(pushed).toEqual([enrolmentId]);
  });
});

describe("a phone that no other phone was notified of", () => {
  const stop = ({ personId }: Person, enrolmentId?: string) =>
    transaction(registry.pool, (connection) =>
      stopPhones(connection, sealer, {
        personId,
        by: "person",
        proof: "pressed",
        digest: randomUUID(),
        ...(enrolmentId === undefined ? {} : { enrolmentId }),
      }),
    );
  /** The notice that a phone has of another, a day later. */
  const shownOf = async ({ personId }: Person, about: PhoneEnrolment, to: PhoneEnrolment) => {
    await pass(personId, 24);
    const { rows } = await registry.pool.query<{ late: boolean; may_stop: boolean }>(
      "select due_at > created_at as late, may_stop from certificate_notices where about = $1 and enrolment_id = $2",
      [about.enrolmentId, to.enrolmentId],
    );
    return { rows, shown: await newPhones(to) };
  };

  test("bad/the phone to be notified was removed first: the next phone shows the notice, without a vote", async () => {
    const person = await makePerson(registry.pool);
    const fresh = await enrolled(person, await elsewhere());
    await stop(person, person.phone.enrolmentId);
    const next = await enrolled(person, await elsewhere());
    const { rows, shown } = await shownOf(person, fresh, next);
    expect(rows).toMatchObject([{ late: true, may_stop: false }]);
    expect(shown).toMatchObject([{ where: "elsewhere", mayStop: false }]);
    expect((await shownOf(person, fresh, await enrolled(person, await elsewhere()))).rows).toEqual([]);
  });

  test("bad/no phone could be notified at the time: the next phone shows the notice", async () => {
    const person = await makePerson(registry.pool);
    await stop(person);
    const fresh = await enrolled(person, await elsewhere());
    const next = await enrolled(person, await elsewhere());
    expect((await shownOf(person, fresh, next)).shown).toMatchObject([
      { where: "elsewhere", mayStop: false },
    ]);
  });

  test("ok/a notice that was sent before its phone was removed is not repeated on the next phone", async () => {
    const person = await makePerson(registry.pool);
    const fresh = await enrolled(person, await elsewhere());
    await pass(person.personId, 24);
    await tellOfCertificate({ enrolmentId: person.phone.enrolmentId });
    await stop(person, person.phone.enrolmentId);
    const next = await enrolled(person, await elsewhere());
    expect((await shownOf(person, fresh, next)).rows).toEqual([]);
  });

  test("ok/nobody is notified of the person's first phone", async () => {
    const person = await makePerson(registry.pool);
    const next = await enrolled(person, await elsewhere());
    expect((await shownOf(person, person.phone, next)).rows).toEqual([]);
  });
});
