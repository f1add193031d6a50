import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { createCertificateActivities } from "../../../activities/certificate/activities.ts";
import type { CertificateDeps } from "../../../activities/certificate/deps.ts";
import { freezeNewPhone } from "../../../client/app/freeze.ts";
import { Gateway } from "../../../client/app/gateway.ts";
import { readInbox } from "../../../client/app/inbox.ts";
import { type PhoneEnrolment, signPhoneMessage } from "../../../client/app/phone-message.ts";
import { askSealed } from "../../../client/app/sealed-question.ts";
import { noteNewPhone } from "../../../domain/certificate/announcing.ts";
import { revokeCertificates } from "../../../domain/certificate/revoke-certificates.ts";
import { stopPhones } from "../../../domain/certificate/stopping.ts";
import { onError } from "../../../gateway/problems.ts";
import { freezesRoute } from "../../../gateway/routes/freezes.ts";
import { inboxRoute } from "../../../gateway/routes/inbox.ts";
import { labels } from "../../../protocol/labels.ts";
import { inbox as inboxShape } from "../../../protocol/notification.ts";
import { transaction } from "../../../registry/database.ts";
import { findEnrolment } from "../../../registry/issuance/enrolments.ts";
import { addPerson } from "../../../registry/recognition/persons.ts";
import { addPhone, day, issuer, makePerson, type Person, sealer } from "../notification/people.ts";
import { insert, startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

/** A first enrolment at a party is told late, by Postgres's clock alone; what it may do hangs on that. */

let registry: TestRegistry;
let server: FastifyInstance;
let gateway: Gateway;
const plays = { now: new Date() };
const pushed: string[] = [];
beforeAll(async () => {
  registry = await startTestRegistry();
  const certificate = { reread: async () => {} };
  const clock = () => plays.now;
  const deps = { pool: registry.pool, sealer, issuer, clock, certificate, log: { warn() {} } };
  server = Fastify();
  server.setErrorHandler(onError);
  inboxRoute(server, deps);
  freezesRoute(server, deps);
  gateway = new Gateway(await server.listen({ host: "127.0.0.1", port: 0 }));
});
afterAll(async () => {
  await server?.close();
  await registry?.close();
});
beforeEach(() => {
  plays.now = new Date();
  pushed.length = 0;
});

const { readCertificate, tellOfCertificate } = createCertificateActivities({
  pool: { query: (...given: unknown[]) => registry.pool.query(...(given as [string])) } as never,
  sealer,
  clock: () => plays.now,
  replaceWithinMs: day,
  askWithinMs: 0,
  pushToPhones: async () => true,
  async pushToPhone(enrolmentId) {
    pushed.push(enrolmentId);
    return true;
  },
  transmit: async () => {},
  signalCertificate: async () => {},
  startCampaign: async () => {},
  publishDueCrls: async () => ({ published: [] }),
  renewRootCrls: async () => ({ renewed: [], ending: [] }),
} satisfies CertificateDeps);

/** Another phone of a person, as an issuance that is completed leaves the rows. */
async function enrolled(
  { personId }: Person,
  partyId: string,
  replaces?: PhoneEnrolment,
): Promise<PhoneEnrolment> {
  const phone = await addPhone(registry.pool, personId, partyId, { isKnown: false });
  if (replaces) {
    const { enrolmentId } = replaces;
    await registry.pool.query("update enrolments set replaces = $2 where id = $1", [
      phone.enrolmentId,
      enrolmentId,
    ]);
    await registry.pool.query("update enrolments set state = 'superseded' where id = $1", [enrolmentId]);
    await revokeCertificates(registry.pool, { enrolmentId }, "superseded", "engine");
  }
  await transaction(registry.pool, async (connection) =>
    noteNewPhone(connection, (await findEnrolment(connection, phone.enrolmentId))!, day),
  );
  return phone;
}
const elsewhere = async () => (await makePerson(registry.pool)).partyId;

async function dueOf(about: PhoneEnrolment): Promise<Date[]> {
  const { rows } = await registry.pool.query<{ at: Date }>(
    "select due_at as at from certificate_notices where about = $1 order by due_at",
    [about.enrolmentId],
  );
  return rows.map(({ at }) => at);
}
/** Plays the time at which everything of it is due, and has it pushed. */
async function left(about: PhoneEnrolment, to: PhoneEnrolment): Promise<void> {
  plays.now = new Date((await dueOf(about)).at(-1)!.getTime() + 1);
  await tellOfCertificate({ enrolmentId: to.enrolmentId });
}
/** Lets the time of Postgres pass for a person's notices: enrolments are judged by its clock. */
async function pass(personId: string, hours: number): Promise<void> {
  await registry.pool.query(
    `update certificate_notices n set created_at = n.created_at - $2 * interval '1 hour',
       due_at = n.due_at - $2 * interval '1 hour', told_at = n.told_at - $2 * interval '1 hour'
     from enrolments e where e.id = n.enrolment_id and e.person_id = $1`,
    [personId, hours],
  );
}
const newPhones = async (phone: PhoneEnrolment) => (await readInbox(gateway, phone)).newPhones;
const stateOf = async ({ enrolmentId }: PhoneEnrolment) =>
  (await findEnrolment(registry.pool, enrolmentId))?.state;

describe("the notice of a first enrolment", () => {
  test("ok/leaves for each phone at a moment of its own within a day, and is shown to none before", async () => {
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

  test("ok/is dated by the day in Japan, on which it was set up", async () => {
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

  test("ok/a phone that takes another's place is told what that one was yet to be told, without a vote", async () => {
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

  test("ok/an SDK that does not ask for what is new is given the shape that it knows", async () => {
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

  test("ok/the lifecycle of the phone's certificate wakes for it, and so does that of one that was replaced", async () => {
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

describe("a phone of a first enrolment", () => {
  test("bad/stops nobody until its notice has left and stood for 72 hours", async () => {
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

  test("bad/stops nobody while one of its notices has not stood for 72 hours, or has not left yet", async () => {
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

  test("ok/a person's first phone counts as announced; of two at the same moment one is the first, the other announced", async () => {
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

describe("a phone that was set up when there was no other to be told", () => {
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
  ])("bad/because %s: not the first one, and without a vote for 72 hours", async (_, gone) => {
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

  test("ok/an application that came to nothing takes nothing from the first phone", async () => {
    const person = await makePerson(registry.pool);
    await purged(person);
    await registry.pool.query("update enrolments set state = 'ended' where id = $1", [
      person.phone.enrolmentId,
    ]);
    expect(await isFirst(await enrolled(person, await elsewhere()))).toBe(true);
  });

  test("bad/beside the person's own new phone: told to it, and to the one it replaced, and stopped", async () => {
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

describe("a stop", () => {
  test("bad/of what comes after it, by the phone that stopped: closed, however often", async () => {
    const person = await makePerson(registry.pool);
    const witness = await addPhone(registry.pool, person.personId, await elsewhere());
    const next = await enrolled(person, person.partyId, person.phone);
    const [notice] = await newPhones(witness);
    await freezeNewPhone(gateway, witness, notice!.noticeId);
    expect(await stateOf(next)).toBe("revoked");
    const again = await enrolled(person, person.partyId, next);
    const [shown] = await newPhones(witness);
    expect(shown).toMatchObject({ stopped: false, mayStop: false });
    for (const newer of [false, true])
      await expect(freezeNewPhone(gateway, witness, shown!.noticeId, { newer })).rejects.toMatchObject({
        code: "FREEZE_CLOSED",
      });
    await freezeNewPhone(gateway, witness, notice!.noticeId, { newer: true });
    expect(await stateOf(again)).toBe("active");
    expect((await newPhones(person.phone))[0]).toMatchObject({ stopped: false, mayStop: true });
  });

  test("ok/of everything newer, at two phones at once: one act, nothing older, nobody else's", async () => {
    const person = await makePerson(registry.pool);
    const stranger = await makePerson(registry.pool);
    const witness = await addPhone(registry.pool, person.personId, await elsewhere());
    const first = await enrolled(person, person.partyId);
    const others = [await enrolled(person, await elsewhere()), await enrolled(person, person.partyId)];
    others.push(await enrolled(person, person.partyId, others[1]));
    const phones = [person.phone, witness];
    const notices = await Promise.all(phones.map(async (phone) => (await newPhones(phone)).at(-1)!.noticeId));
    await Promise.all(
      phones.map((phone, index) => freezeNewPhone(gateway, phone, notices[index]!, { newer: true })),
    );
    for (const phone of [first, others[0]!, others[2]!]) expect(await stateOf(phone)).toBe("revoked");
    for (const phone of [...phones, stranger.phone]) expect(await stateOf(phone)).toBe("active");
    const { rows } = await registry.pool.query(
      "select subject from audit_lines where act = 'enrolment-frozen' and subject = any($1)",
      [[first, ...others].map(({ enrolmentId }) => enrolmentId)],
    );
    expect(rows).toHaveLength(4);
    // Said again it leaves alone what the person set up since in the place of what was stopped.
    const again = await enrolled(
      person,
      (await findEnrolment(registry.pool, others[0]!.enrolmentId))!.partyId,
      others[0],
    );
    await registry.pool.query("update enrolments set state = 'revoked' where id = $1", [
      others[0]!.enrolmentId,
    ]);
    await freezeNewPhone(gateway, person.phone, notices[0]!, { newer: true });
    expect(await stateOf(again)).toBe("active");
  });

  test("bad/by a message that claims more than it may", async () => {
    const person = await makePerson(registry.pool);
    const content = { type: labels.freeze, noticeId: crypto.randomUUID(), newer: false };
    const { message } = await signPhoneMessage(person.phone, content);
    await expect(gateway.freeze({ message })).rejects.toMatchObject({ code: "MALFORMED_REQUEST" });
  });
});

describe("a phone that no other was told of", () => {
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
  /** What a phone is told of another, a day later. */
  const shownOf = async ({ personId }: Person, about: PhoneEnrolment, to: PhoneEnrolment) => {
    await pass(personId, 24);
    const { rows } = await registry.pool.query<{ late: boolean; may_stop: boolean }>(
      "select due_at > created_at as late, may_stop from certificate_notices where about = $1 and enrolment_id = $2",
      [about.enrolmentId, to.enrolmentId],
    );
    return { rows, shown: await newPhones(to) };
  };

  test("bad/its notice waited for a phone that was removed: the next phone shows it, without a vote", async () => {
    const person = await makePerson(registry.pool);
    const fresh = await enrolled(person, await elsewhere());
    await stop(person, person.phone.enrolmentId);
    const next = await enrolled(person, await elsewhere());
    const { rows, shown } = await shownOf(person, fresh, next);
    expect(rows).toMatchObject([{ late: true, may_stop: false }]);
    expect(shown).toMatchObject([{ where: "elsewhere", mayStop: false }]);
    expect((await shownOf(person, fresh, await enrolled(person, await elsewhere()))).rows).toEqual([]);
  });

  test("bad/it came when there was none to be told: the next phone shows it", async () => {
    const person = await makePerson(registry.pool);
    await stop(person);
    const fresh = await enrolled(person, await elsewhere());
    const next = await enrolled(person, await elsewhere());
    expect((await shownOf(person, fresh, next)).shown).toMatchObject([
      { where: "elsewhere", mayStop: false },
    ]);
  });

  test("ok/what a phone was told of before it was removed, the next is not told again", async () => {
    const person = await makePerson(registry.pool);
    const fresh = await enrolled(person, await elsewhere());
    await pass(person.personId, 24);
    await tellOfCertificate({ enrolmentId: person.phone.enrolmentId });
    await stop(person, person.phone.enrolmentId);
    const next = await enrolled(person, await elsewhere());
    expect((await shownOf(person, fresh, next)).rows).toEqual([]);
  });

  test("ok/the person's first phone is nobody's news", async () => {
    const person = await makePerson(registry.pool);
    const next = await enrolled(person, await elsewhere());
    expect((await shownOf(person, person.phone, next)).rows).toEqual([]);
  });
});
