import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { Gateway } from "../../../client/app/gateway.ts";
import { type OpenedInbox, readInbox } from "../../../client/app/inbox.ts";
import { signPhoneMessage } from "../../../client/app/phone-message.ts";
import { askSealed } from "../../../client/app/sealed-question.ts";
import { onError } from "../../../gateway/problems.ts";
import { inboxRoute } from "../../../gateway/routes/inbox.ts";
import { labels } from "../../../protocol/labels.ts";
import { type InboxCursors, inbox } from "../../../protocol/notification.ts";
import { addPhone, day, issuer, makePerson, type Person, sealer } from "./people.ts";
import { insert, startTestRegistry, type TestRegistry } from "./postgres.ts";

/** What waits for an answer, or is under way, is never put out of sight by what came after it. */

let registry: TestRegistry;
let server: FastifyInstance;
let gateway: Gateway;
beforeAll(async () => {
  registry = await startTestRegistry();
  server = Fastify();
  server.setErrorHandler(onError);
  inboxRoute(server, { pool: registry.pool, sealer, issuer, clock: () => new Date() });
  gateway = new Gateway(await server.listen({ host: "127.0.0.1", port: 0 }));
});
afterAll(async () => {
  await server?.close();
  await registry?.close();
});

const ago = (days: number) => new Date(Date.now() - days * day);

/** A settled notification of the person, and the event that transmits it to the party. */
async function settled(
  person: Person,
  row: { version: number; delivery: string; createdAt: Date; attempts?: number },
): Promise<string> {
  const id = randomUUID();
  await insert(registry.pool, "notifications", {
    id,
    consent_id: person.consentId,
    person_id: person.personId,
    party_id: person.partyId,
    version: row.version,
    since_version: 1,
    attributes: ["address"],
    state: "confirmed",
    delivery: row.delivery,
    created_at: row.createdAt,
    expires_at: new Date(Date.now() + day),
  });
  if (row.attempts !== undefined)
    await insert(registry.pool, "security_events", {
      jti: randomUUID(),
      party_id: person.partyId,
      event: "attributes-changed",
      claims: {},
      notification_id: id,
      state: "pending",
      attempts: row.attempts,
    });
  return id;
}

async function noticed(enrolmentId: string, more: object): Promise<void> {
  await insert(registry.pool, "certificate_notices", {
    id: randomUUID(),
    enrolment_id: enrolmentId,
    ...more,
  });
}

/** Everything of a section, page after page. */
async function everything<S extends keyof InboxCursors & keyof OpenedInbox>(
  person: Person,
  section: S,
): Promise<OpenedInbox[S][number][]> {
  const first = await readInbox(gateway, person.phone);
  const all: OpenedInbox[S][number][] = [...first[section]];
  let after = first.next?.[section];
  while (after !== undefined) {
    const read = await readInbox(gateway, person.phone, { [section]: after });
    for (const other of ["open", "settled", "certificates", "newPhones"] as const)
      if (other !== section) expect(read[other]).toEqual([]);
    all.push(...read[section]);
    after = read.next?.[section];
  }
  return all;
}

describe("outcomes of answers", () => {
  test("ok/an answer still in transmission is shown with its attempts, however many came after it", async () => {
    const person = await makePerson(registry.pool);
    const waiting = await settled(person, {
      version: 2,
      delivery: "pending",
      createdAt: ago(40),
      attempts: 3,
    });
    for (let version = 3; version <= 40; version += 1)
      await settled(person, { version, delivery: "acknowledged", createdAt: ago(40 - version / 2) });
    const read = await readInbox(gateway, person.phone);
    expect(read.settled).toHaveLength(16);
    expect(read.next?.settled).toMatch(/^0_0_/);
    expect(read.settled.at(-1)).toMatchObject({ notificationId: waiting, delivery: "pending", tries: 3 });
    const all = await everything(person, "settled");
    expect(new Set(all.map(({ notificationId }) => notificationId)).size).toBe(39);
  });

  test("ok/an older app gets no member that it does not know", async () => {
    const person = await makePerson(registry.pool);
    await settled(person, { version: 2, delivery: "pending", createdAt: ago(1), attempts: 3 });
    const read = await askSealed(person.phone, { type: labels.inbox }, gateway.inbox, inbox);
    expect(Object.keys(read)).toEqual(["open", "settled", "certificates", "logins", "newPhones"]);
    expect(Object.keys(read.settled[0]!)).not.toContain("tries");
  });
});

describe("certificates", () => {
  test("ok/a notice that asks for a tap is shown, however many other certificates have ended since", async () => {
    const person = await makePerson(registry.pool);
    await noticed(person.phone.enrolmentId, { kind: "replace", due_at: ago(40) });
    for (let count = 0; count < 20; count += 1) {
      const { enrolmentId } = await addPhone(registry.pool, person.personId, person.partyId);
      await registry.pool.query("update enrolments set state = 'revoked' where id = $1", [enrolmentId]);
      await noticed(enrolmentId, { kind: "revoked", due_at: ago(20 - count) });
    }
    const { certificates } = await readInbox(gateway, person.phone);
    expect(certificates).toHaveLength(16);
    expect(certificates.at(-1)).toMatchObject({ kind: "replace" });
    expect(await everything(person, "certificates")).toHaveLength(21);
  });

  test("fail/neither dates nor cursors reveal when something became due", async () => {
    const person = await makePerson(registry.pool);
    const dueAt = new Date("2026-11-30T15:04:05.678Z");
    const days = { expiring: 90, replace: null, expired: null, revoked: null };
    for (const [kind, daysLeft] of Object.entries(days))
      await noticed(person.phone.enrolmentId, { kind, days_left: daysLeft, due_at: dueAt });
    const { certificates } = await readInbox(gateway, person.phone);
    const dates = Object.fromEntries(certificates.map(({ kind, at }) => [kind, at]));
    const day = "2026-11-30T15:00:00.000Z";
    expect(dates).toEqual({ expiring: day, replace: day, expired: day, revoked: dueAt.toISOString() });
    for (let count = 0; count < 20; count += 1) {
      const { enrolmentId } = await addPhone(registry.pool, person.personId, person.partyId);
      await noticed(enrolmentId, { kind: "replace", due_at: dueAt });
    }
    expect((await readInbox(gateway, person.phone)).next?.certificates).toMatch(/^1_0_/);
    expect(await everything(person, "certificates")).toHaveLength(24);
  });
});

describe("new phones", () => {
  test("ok/forty at once: the oldest open ones first, then every one page by page", async () => {
    const person = await makePerson(registry.pool);
    const about: string[] = [];
    for (let count = 0; count < 40; count += 1) {
      const { enrolmentId } = await addPhone(registry.pool, person.personId, person.partyId);
      about.push(enrolmentId);
      await noticed(person.phone.enrolmentId, {
        kind: "new-phone",
        about: enrolmentId,
        may_stop: true,
        due_at: new Date(Date.now() - 100_000 + count),
      });
    }
    const shown = await everything(person, "newPhones");
    expect(new Set(shown.map(({ noticeId }) => noticeId)).size).toBe(40);
    const { rows } = await registry.pool.query("select id from certificate_notices where about = any($1)", [
      about.slice(0, 16),
    ]);
    const { newPhones, next } = await readInbox(gateway, person.phone);
    const first = newPhones.map(({ noticeId }) => noticeId);
    // The hour of a new phone is shown, and no moment that two parties' apps could compare.
    expect(next?.newPhones).toMatch(/^1_0_/);
    expect(new Set(first)).toEqual(new Set(rows.map(({ id }) => id)));
  });

  test("bad/an invalid cursor is refused", async () => {
    const person = await makePerson(registry.pool);
    const question = { type: labels.inbox, ecdhKey: "A".repeat(87), after: { open: "1_1_'" } };
    const { message } = await signPhoneMessage(person.phone, question);
    await expect(gateway.inbox({ message })).rejects.toMatchObject({ code: "MALFORMED_REQUEST" });
  });
});
