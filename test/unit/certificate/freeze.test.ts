import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { freezeNewPhone } from "../../../client/app/freeze.ts";
import { Gateway } from "../../../client/app/gateway.ts";
import { readInbox } from "../../../client/app/inbox.ts";
import type { PhoneEnrolment } from "../../../client/app/phone-message.ts";
import { purgeCertificates } from "../../../domain/audit/purges.ts";
import { noteNewPhone } from "../../../domain/certificate/announcing.ts";
import { revokeCertificates } from "../../../domain/certificate/revoke-certificates.ts";
import { onError } from "../../../gateway/problems.ts";
import { freezesRoute } from "../../../gateway/routes/freezes.ts";
import { inboxRoute } from "../../../gateway/routes/inbox.ts";
import { frozenWithoutSuccessor } from "../../../registry/certificate/freezes.ts";
import { blockKey, isRevoked } from "../../../registry/certificate/revocations.ts";
import { transaction } from "../../../registry/database.ts";
import { findEnrolment } from "../../../registry/issuance/enrolments.ts";
import { addPhone, day, issuer, makePerson, type Person, sealer } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

/** What the integration test cannot play: Temporal unavailable, an issuance under way, presses at the same moment. */

let registry: TestRegistry;
let server: FastifyInstance;
let gateway: Gateway;
const temporal = { isUnavailable: false, signalled: [] as string[] };
let now = () => new Date();

beforeAll(async () => {
  registry = await startTestRegistry();
  const certificate = {
    async reread(enrolmentId: string) {
      if (temporal.isUnavailable) throw new Error("unavailable");
      temporal.signalled.push(enrolmentId);
    },
  };
  const deps = { pool: registry.pool, sealer, issuer, clock: () => now(), certificate, log: { warn() {} } };
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
  Object.assign(temporal, { isUnavailable: false, signalled: [] });
  now = () => new Date();
});

/** Another phone in the place of one, as an issuance that is completed leaves the rows. */
async function replaced(person: Person, old: PhoneEnrolment): Promise<PhoneEnrolment> {
  const fresh = await addPhone(registry.pool, person.personId, person.partyId, { isKnown: false });
  await registry.pool.query("update enrolments set replaces = $2 where id = $1", [
    fresh.enrolmentId,
    old.enrolmentId,
  ]);
  await registry.pool.query("update enrolments set state = 'superseded' where id = $1", [old.enrolmentId]);
  await revokeCertificates(registry.pool, { enrolmentId: old.enrolmentId }, "superseded", "engine");
  await transaction(registry.pool, async (connection) =>
    noteNewPhone(connection, (await findEnrolment(connection, fresh.enrolmentId))!, day),
  );
  return fresh;
}
const noticeOf = async (phone: PhoneEnrolment) => (await readInbox(gateway, phone)).newPhones[0]!.noticeId;
const stateOf = async ({ enrolmentId }: PhoneEnrolment) =>
  (await findEnrolment(registry.pool, enrolmentId))?.state;

describe("a freeze", () => {
  test("ok/while Temporal is unavailable, the phone is stopped all the same and the proof is kept", async () => {
    const person = await makePerson(registry.pool);
    const thief = await replaced(person, person.phone);
    temporal.isUnavailable = true;
    await freezeNewPhone(gateway, person.phone, await noticeOf(person.phone));
    expect(await stateOf(thief)).toBe("revoked");
    const { rows } = await registry.pool.query(
      `select q.asked_by, q.reason, octet_length(q.proof) > 100 as proof from revocation_requests q
       join issuance_intents i on i.serial = any(q.serials) where i.enrolment_id = $1`,
      [thief.enrolmentId],
    );
    expect(rows).toEqual([{ asked_by: "person", reason: "privilegeWithdrawn", proof: true }]);
  });

  test("ok/the same stop from two phones at once, and repeated, is one act", async () => {
    const person = await makePerson(registry.pool);
    const beside = await addPhone(registry.pool, person.personId, person.partyId);
    const thief = await replaced(person, person.phone);
    const phones = [person.phone, beside, person.phone, beside];
    const notices = await Promise.all(phones.map(noticeOf));
    await Promise.all(phones.map((phone, index) => freezeNewPhone(gateway, phone, notices[index]!)));
    expect(temporal.signalled).toEqual([thief.enrolmentId]);
    const { rows } = await registry.pool.query(
      "select act from audit_lines where subject = $1 and act in ('certificate-revoked', 'enrolment-frozen')",
      [thief.enrolmentId],
    );
    expect(rows).toHaveLength(2);
  });

  test("ok/the thief's application that is being issued ends; its serial is revoked before it is signed", async () => {
    const person = await makePerson(registry.pool);
    const thief = await replaced(person, person.phone);
    const next = await addPhone(registry.pool, person.personId, person.partyId);
    await registry.pool.query("delete from certificates where enrolment_id = $1", [next.enrolmentId]);
    await registry.pool.query("update enrolments set state = 'applied', replaces = $2 where id = $1", [
      next.enrolmentId,
      thief.enrolmentId,
    ]);
    await freezeNewPhone(gateway, person.phone, await noticeOf(person.phone));
    expect(await stateOf(next)).toBe("ended");
    const { rows } = await registry.pool.query<{ serial: string }>(
      "select serial from issuance_intents where enrolment_id = $1",
      [next.enrolmentId],
    );
    expect(await isRevoked(registry.pool, rows[0]!.serial)).toBe(true);
    expect(await frozenWithoutSuccessor(registry.pool, person.personId, person.partyId)).toEqual([
      thief.enrolmentId,
    ]);
  });

  test("ok/the record of a stop is kept as long as the certificates it is about, and purged with them", async () => {
    const person = await makePerson(registry.pool);
    await replaced(person, person.phone);
    await freezeNewPhone(gateway, person.phone, await noticeOf(person.phone));
    const later = new Date();
    later.setUTCFullYear(later.getUTCFullYear() + 30);
    expect(
      await transaction(registry.pool, (connection) => purgeCertificates(connection, later, 10)),
    ).toMatchObject({
      what: "certificates",
    });
    const left = "select enrolment_id from frozen_enrolments union all select about from certificate_notices";
    expect((await registry.pool.query(`${left} where about is not null`)).rows).toEqual([]);
  });

  test("fail/the key of the replaced phone is compromised", async () => {
    const person = await makePerson(registry.pool);
    await replaced(person, person.phone);
    const noticeId = await noticeOf(person.phone);
    const old = await findEnrolment(registry.pool, person.phone.enrolmentId);
    await blockKey(registry.pool, old!.spkiSha256, "keyCompromise");
    await expect(freezeNewPhone(gateway, person.phone, noticeId)).rejects.toMatchObject({
      code: "MESSAGE_UNTRUSTED",
    });
  });

  test("fail/a stopped phone cannot stop the phone after it", async () => {
    const person = await makePerson(registry.pool);
    const thief = await replaced(person, person.phone);
    const next = await replaced(person, thief);
    const theirs = await noticeOf(thief);
    await freezeNewPhone(gateway, person.phone, await noticeOf(person.phone));
    await expect(freezeNewPhone(gateway, thief, theirs)).rejects.toMatchObject({ code: "MESSAGE_UNTRUSTED" });
    expect(await stateOf(next)).toBe("revoked");
  });

  test("fail/another person's notice", async () => {
    const [mine, theirs] = [await makePerson(registry.pool), await makePerson(registry.pool)];
    await replaced(theirs, theirs.phone);
    const noticeId = await noticeOf(theirs.phone);
    for (const id of [noticeId, randomUUID()])
      await expect(freezeNewPhone(gateway, mine.phone, id)).rejects.toMatchObject({ code: "FREEZE_CLOSED" });
  });
});
