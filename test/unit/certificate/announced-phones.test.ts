import { randomUUID } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { freezeNewPhone } from "../../../client/app/freeze.ts";
import { type PhoneEnrolment } from "../../../client/app/phone-message.ts";
import { noteNewPhone } from "../../../domain/certificate/announcing.ts";
import { revokeCertificates } from "../../../domain/certificate/revoke-certificates.ts";
import { stopPhones } from "../../../domain/certificate/stopping.ts";
import { transaction } from "../../../registry/database.ts";
import { findEnrolment } from "../../../registry/issuance/enrolments.ts";
import { addPerson } from "../../../registry/recognition/persons.ts";
import { addPhone, day, makePerson, type Person, sealer } from "../notification/people.ts";
import { insert } from "../notification/postgres.ts";
import {
  dueOf,
  elsewhere,
  enrolled,
  gateway,
  newPhones,
  pass,
  playAnnouncements,
  plays,
  registry,
  stateOf,
  tellOfCertificate,
} from "./announcement-world.ts";

playAnnouncements();

describe("a phone of a first enrolment", () => {
  test("bad/may not stop another phone until 72 hours after its notice was sent", async () => {
    const person = await makePerson(registry.pool);
    const thief = await enrolled(person, await elsewhere());
    const asked = async () => {
      const next = await enrolled(person, person.partyId);
      const { rows } = await registry.pool.query<{ id: string }>(
        "select enrolment_id as id from certificate_notices where about = $1 and enrolment_id = $2",
        [next.enrolmentId, thief.enrolmentId],
      );
      return rows.length === 1;
    };
    expect(await asked()).toBe(false);
    // Due, and long ago, and not pushed: it has not left.
    await pass(person.personId, 24 + 73);
    expect(await asked()).toBe(false);
    plays.now = new Date();
    await tellOfCertificate({ enrolmentId: person.phone.enrolmentId });
    await pass(person.personId, 71);
    expect(await asked()).toBe(false);
    await pass(person.personId, 2);
    expect(await asked()).toBe(true);
  });

  test("bad/may not stop another phone while one of its notices is younger than 72 hours or not yet sent", async () => {
    const person = await makePerson(registry.pool);
    const other = await addPhone(registry.pool, person.personId, await elsewhere());
    const thief = await enrolled(person, await elsewhere());
    const mayStop = async () => {
      const next = await enrolled(person, await elsewhere());
      const { rows } = await registry.pool.query<{ may: boolean }>(
        "select may_stop as may from certificate_notices where about = $1 and enrolment_id = $2",
        [next.enrolmentId, thief.enrolmentId],
      );
      return rows[0]?.may;
    };
    const left = (to: PhoneEnrolment, hours: number) =>
      registry.pool.query(
        `update certificate_notices set due_at = now() - $3 * interval '1 hour', told_at = now() - $3 * interval '1 hour'
         where about = $1 and enrolment_id = $2`,
        [thief.enrolmentId, to.enrolmentId, hours],
      );
    await left(person.phone, 73);
    expect(await mayStop()).toBe(false);
    await left(other, 71);
    expect(await mayStop()).toBe(false);
    await left(other, 73);
    expect(await mayStop()).toBe(true);
  });

  test("ok/a person's first phone counts as announced; of two enrolled at the same moment, one is the first and the other is announced", async () => {
    const parties = [await elsewhere(), await elsewhere()];
    const personId = await addPerson(registry.pool);
    const phones: [string, object][] = [];
    for (const partyId of parties) {
      const { enrolmentId } = await addPhone(registry.pool, personId, partyId, { isKnown: false });
      await registry.pool.query("update enrolments set state = 'applied' where id = $1", [enrolmentId]);
      const { rows } = await registry.pool.query<object>(
        "delete from certificates where enrolment_id = $1 returning *",
        [enrolmentId],
      );
      phones.push([enrolmentId, rows[0]!]);
    }
    await Promise.all(
      phones.map(([enrolmentId, certificate]) =>
        transaction(registry.pool, async (connection) => {
          await insert(connection, "certificates", { ...certificate });
          await connection.query("update enrolments set state = 'active' where id = $1", [enrolmentId]);
          await noteNewPhone(connection, (await findEnrolment(connection, enrolmentId))!, day);
        }),
      ),
    );
    const { rows } = await registry.pool.query<{ first: boolean; announced: boolean }>(
      `select is_first_phone as first, exists (select 1 from certificate_notices where about = e.id) as announced
       from enrolments e where person_id = $1 order by is_first_phone`,
      [personId],
    );
    expect(rows).toEqual([
      { first: false, announced: true },
      { first: true, announced: false },
    ]);
  });
});

describe("a phone enrolled when no other phone could be notified", () => {
  const isFirst = async ({ enrolmentId }: PhoneEnrolment) => {
    const { rows } = await registry.pool.query<{ is: boolean }>(
      "select is_first_phone as is from enrolments where id = $1",
      [enrolmentId],
    );
    return rows[0]!.is;
  };
  const mayStop = async (phone: PhoneEnrolment, about: PhoneEnrolment) => {
    const { rows } = await registry.pool.query<{ may: boolean }>(
      "select may_stop as may from certificate_notices where enrolment_id = $1 and about = $2",
      [phone.enrolmentId, about.enrolmentId],
    );
    return rows[0]?.may;
  };
  const stopAll = ({ personId }: Person) =>
    transaction(registry.pool, (connection) =>
      stopPhones(connection, sealer, { personId, by: "person", proof: "p", digest: randomUUID() }),
    );
  const revokeAll = async ({ phone: { enrolmentId } }: Person) => {
    await revokeCertificates(registry.pool, { enrolmentId }, "superseded", "person");
    await registry.pool.query("update enrolments set state = 'revoked' where id = $1", [enrolmentId]);
  };
  const purged = async ({ phone: { enrolmentId } }: Person) => {
    await registry.pool.query("delete from certificates where enrolment_id = $1", [enrolmentId]);
  };

  test.each<[string, (person: Person) => Promise<unknown>]>([
    ["the person had stopped them all", stopAll],
    ["the person had revoked them", revokeAll],
    ["their certificates were purged", purged],
  ])("bad/because %s: it is not the first phone, and has no vote for 72 hours", async (_, gone) => {
    const person = await makePerson(registry.pool);
    await gone(person);
    const thief = await enrolled(person, await elsewhere());
    expect(await isFirst(thief)).toBe(false);
    expect(await dueOf(thief)).toEqual([]);
    const next = await enrolled(person, person.partyId, person.phone);
    expect(await mayStop(thief, next)).not.toBe(true);
    expect(await mayStop(thief, await enrolled(person, await elsewhere()))).toBe(false);
    await registry.pool.query(
      "update certificates set issued_at = issued_at - interval '73 hours' where enrolment_id = $1",
      [thief.enrolmentId],
    );
    expect(await mayStop(thief, await enrolled(person, await elsewhere()))).toBe(true);
  });

  test("ok/an application that ended without a certificate does not count as the first phone", async () => {
    const person = await makePerson(registry.pool);
    await purged(person);
    await registry.pool.query("update enrolments set state = 'ended' where id = $1", [
      person.phone.enrolmentId,
    ]);
    expect(await isFirst(await enrolled(person, await elsewhere()))).toBe(true);
  });

  test("bad/at the same party as the person's own new phone: that phone and the one it replaced are notified, and it is stopped", async () => {
    const person = await makePerson(registry.pool);
    const next = await enrolled(person, person.partyId, person.phone);
    const thief = await enrolled(person, person.partyId);
    expect(await isFirst(thief)).toBe(false);
    expect(await newPhones(next)).toMatchObject([{ where: "here", mayStop: false }]);
    const [shown] = await newPhones(person.phone);
    expect(shown).toMatchObject({ where: "here", mayStop: true });
    const third = await enrolled(person, person.partyId, next);
    expect(await newPhones(thief)).toEqual([]);
    await freezeNewPhone(gateway, person.phone, shown!.noticeId);
    expect(await Promise.all([thief, next, third].map(stateOf))).toEqual(["revoked", "superseded", "active"]);
  });
});
