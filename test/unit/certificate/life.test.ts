import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createCertificateActivities } from "../../../activities/certificate/activities.ts";
import { type CertificateDeps } from "../../../activities/certificate/deps.ts";
import { deathWindowMs } from "../../../domain/certificate/effective-times.ts";
import { revokeCertificates } from "../../../domain/certificate/revoke-certificates.ts";
import { revoke } from "../../../domain/certificate/revoking.ts";
import { eventTypes } from "../../../protocol/events.ts";
import { addCampaign } from "../../../registry/certificate/campaigns.ts";
import { hasGoodCertificate } from "../../../registry/certificate/certificates.ts";
import { noticesShownTo } from "../../../registry/certificate/notices.ts";
import { isKeyBlocked } from "../../../registry/certificate/revocations.ts";
import { transaction } from "../../../registry/database.ts";
import { findEnrolment, findGoodEnrolment } from "../../../registry/issuance/enrolments.ts";
import { earlierPending, markDelivered, pendingFor } from "../../../registry/notification/security-events.ts";
import { createStream } from "../../../registry/notification/streams.ts";
import {
  addAttributeRecord,
  addPhone,
  day,
  firstRecord,
  makePerson,
  moved,
  type Person,
  sealer,
} from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startTestRegistry();
});
afterAll(async () => {
  await registry?.close();
});

const plays = { now: new Date(), push: "sent" as "sent" | "away" };
const pushed: { partyId: string; alsoTo: string }[] = [];
const pushedAlone: string[] = [];
const transmitted: string[] = [];
const signalled: string[] = [];
const started: string[] = [];
beforeEach(() => {
  plays.now = new Date();
  plays.push = "sent";
  for (const list of [pushed, pushedAlone, transmitted, signalled, started]) list.length = 0;
});

const activities = (askWithinMs = 0) =>
  createCertificateActivities({
    pool: registry.pool,
    sealer,
    clock: () => plays.now,
    replaceWithinMs: day,
    askWithinMs,
    async pushToPhones(_person, partyId, content, alsoTo) {
      if (plays.push === "away") throw new Error("503");
      expect(content).toEqual({ type: "certificate" });
      pushed.push({ partyId, alsoTo });
      return true;
    },
    async pushToPhone(enrolmentId, content) {
      expect(content).toEqual({ type: "new-phone" });
      pushedAlone.push(enrolmentId);
      return true;
    },
    transmit: async (jti) => void transmitted.push(jti),
    signalCertificate: async (enrolmentId) => void signalled.push(enrolmentId),
    startCampaign: async (campaignId) => void started.push(campaignId),
    publishDueCrls: async () => ({ published: [1, 2] }),
    renewRootCrls: async () => ({ renewed: ["g1"], ending: [{ generation: "g2" }, { generation: "g3" }] }),
  } satisfies CertificateDeps);

const shown = async ({ personId, partyId }: Pick<Person, "personId" | "partyId">) =>
  (await noticesShownTo(registry.pool, { personId, partyId, now: plays.now }, { limit: 16 })).rows.map(
    ({ kind, daysLeft }) => (daysLeft === null ? kind : `${kind} ${daysLeft}`),
  );
const auditOf = async (subject: string) =>
  (
    await registry.pool.query<{ act: string }>("select act from audit_lines where subject = $1 order by id", [
      subject,
    ])
  ).rows.map(({ act }) => act);
const revocationOf = async (enrolmentId: string) =>
  (
    await registry.pool.query(
      "select r.reason, r.revoked_by from revocations r join issuance_intents i using (serial) where i.enrolment_id = $1",
      [enrolmentId],
    )
  ).rows;
/** Milliseconds, in the order of the enrolments. */
const effectiveTimesOf = async (enrolmentIds: string[]): Promise<number[]> => {
  const { rows } = await registry.pool.query<{ id: string; at: Date }>(
    `select i.enrolment_id as id, r.effective_at as at from revocations r join issuance_intents i using (serial)
     where i.enrolment_id = any($1)`,
    [enrolmentIds],
  );
  return enrolmentIds.map((id) => rows.find((row) => row.id === id)!.at.getTime());
};
/** What the party is given when it polls at the time that is played. */
const polled = (partyId: string) =>
  pendingFor(registry.pool, { partyId, events: [eventTypes.credentialChange], limit: 9, now: plays.now });
const listen = (partyId: string) =>
  createStream(registry.pool, sealer, partyId, {
    method: "poll",
    alg: "ES256",
    eventsRequested: [eventTypes.credentialChange],
  });

describe("the end of a certificate", () => {
  test("ok/told once at each date, by push and in the inbox, and never before it is due", async () => {
    const person = await makePerson(registry.pool);
    const { enrolmentId } = person.phone;
    const { takeCertificateStep, tellOfCertificate, readCertificate } = activities();
    await takeCertificateStep({ enrolmentId, step: "tell-90-days" });
    expect(await shown(person)).toEqual([]);

    plays.now = new Date(Date.now() + 276 * day);
    await takeCertificateStep({ enrolmentId, step: "tell-90-days" });
    await takeCertificateStep({ enrolmentId, step: "tell-90-days" });
    await tellOfCertificate({ enrolmentId });
    await tellOfCertificate({ enrolmentId });
    expect(await shown(person)).toEqual(["expiring 90"]);
    expect(pushed).toEqual([{ partyId: person.partyId, alsoTo: enrolmentId }]);

    plays.now = new Date(Date.now() + 366 * day);
    await takeCertificateStep({ enrolmentId, step: "expire" });
    expect(await shown(person)).toEqual(["expired", "expiring 90"]);
    expect(await readCertificate({ enrolmentId })).toEqual({ kind: "over", untold: true });
    expect(await auditOf(enrolmentId)).toEqual(["certificate-expired"]);
    // Still the person's own: one tap replaces it, and all that is bound to it carries over.
    expect((await findEnrolment(registry.pool, enrolmentId))?.state).toBe("active");
  });

  test("fail/a push service that is away: told later, not lost", async () => {
    const person = await makePerson(registry.pool);
    const { enrolmentId } = person.phone;
    plays.now = new Date(Date.now() + 276 * day);
    await activities().takeCertificateStep({ enrolmentId, step: "tell-90-days" });
    plays.push = "away";
    await expect(activities().tellOfCertificate({ enrolmentId })).rejects.toThrow("503");
    plays.push = "sent";
    await activities().tellOfCertificate({ enrolmentId });
    expect(pushed).toHaveLength(1);
  });

  test("ok/the sweep signals certificates whose notice was not pushed or whose expiry is near", async () => {
    const person = await makePerson(registry.pool);
    const near = await addPhone(registry.pool, person.personId, person.partyId, {
      notAfter: new Date(Date.now() + 80 * day),
    });
    const { enrolmentId } = person.phone;
    await transaction(registry.pool, (connection) =>
      revoke(connection, sealer, {
        target: { enrolmentId },
        reason: "unspecified",
        by: "person",
        proof: "p",
        digest: crypto.randomUUID(),
      }),
    );
    await activities().sweepCertificates();
    expect(signalled).toContain(near.enrolmentId);
    expect(signalled).not.toContain(enrolmentId);
    plays.now = new Date(Date.now() + 120_000);
    await activities().sweepCertificates();
    expect(signalled).toContain(enrolmentId);
  });
});

describe("a certificate that carries attributes", () => {
  test("ok/a name changes (a move alone does not count): the person is asked, and within a day it is revoked, replaced or not", async () => {
    const person = await makePerson(registry.pool, { anchors: [firstRecord] });
    const { enrolmentId } = await addPhone(registry.pool, person.personId, person.partyId, {
      profile: "attribute",
    });
    const { readCertificate, takeCertificateStep } = activities();
    expect(await readCertificate({ enrolmentId })).toMatchObject({ next: { step: "tell-90-days" } });
    await addAttributeRecord(registry.pool, person.personId, 2, moved, ["address"]);
    expect(await readCertificate({ enrolmentId })).toMatchObject({ next: { step: "tell-90-days" } });
    await addAttributeRecord(registry.pool, person.personId, 3, { ...moved, name: "鈴木　太郎" }, [
      "name",
      "address",
    ]);
    plays.now = new Date(Date.now() + 1_000);
    expect(await readCertificate({ enrolmentId })).toMatchObject({ next: { step: "ask-replacement" } });
    await takeCertificateStep({ enrolmentId, step: "ask-replacement" });
    await takeCertificateStep({ enrolmentId, step: "revoke-stale" });
    expect(await revocationOf(enrolmentId)).toEqual([]);

    plays.now = new Date(Date.now() + day / 2 + 1_000);
    await takeCertificateStep({ enrolmentId, step: "revoke-stale" });
    expect(await revocationOf(enrolmentId)).toEqual([{ reason: "affiliationChanged", revoked_by: "engine" }]);
    expect((await findEnrolment(registry.pool, enrolmentId))?.state).toBe("revoked");
    const [effectiveAt] = await effectiveTimesOf([enrolmentId]);
    expect(effectiveAt! - Date.now()).toBeLessThanOrEqual(day / 2);
  });

  test("ok/asked at a moment of its own: neither shown nor pushed before, and its lifecycle waits for it", async () => {
    const person = await makePerson(registry.pool, { anchors: [firstRecord] });
    const profile = { profile: "attribute" as const };
    const phones = [await addPhone(registry.pool, person.personId, person.partyId, profile)];
    phones.push(await addPhone(registry.pool, person.personId, person.partyId, profile));
    await addAttributeRecord(registry.pool, person.personId, 2, { ...moved, name: "鈴木　太郎" }, ["name"]);
    // More than the person has in all: a quarter of it is what asking may take.
    const { readCertificate, takeCertificateStep, tellOfCertificate } = activities(7 * day);
    const now = Date.now() + 1_000;
    const asked: number[] = [];
    for (const { enrolmentId } of phones) {
      plays.now = new Date(now);
      await takeCertificateStep({ enrolmentId, step: "ask-replacement" });
      const view = await readCertificate({ enrolmentId });
      expect(view).toMatchObject({ kind: "good", next: { step: "tell-new-phone" }, untold: false });
      if (view.kind === "over") throw new Error("It is not.");
      asked.push(Date.parse(view.next.at));
      await tellOfCertificate({ enrolmentId });
      expect(pushed).toHaveLength(asked.length - 1);
      plays.now = new Date(view.next.at);
      expect(await readCertificate({ enrolmentId })).toMatchObject({
        next: { step: "revoke-stale" },
        untold: true,
      });
      plays.now = new Date(now + day / 4);
      await tellOfCertificate({ enrolmentId });
      expect(await shown(person)).toHaveLength(asked.length);
    }
    expect(asked[0]).not.toBe(asked[1]);
    for (const at of asked) expect(at - now).toBeLessThan(day / 4);
  });

  test("ok/its revocation waits for its moment: neither person nor party is told before, nothing else is held up", async () => {
    const person = await makePerson(registry.pool, { anchors: [firstRecord] });
    const { partyId } = person;
    const { enrolmentId } = await addPhone(registry.pool, person.personId, partyId, { profile: "attribute" });
    await listen(partyId);
    await addAttributeRecord(registry.pool, person.personId, 2, { ...moved, name: "鈴木　太郎" }, ["name"]);
    const { readCertificate, takeCertificateStep, tellOfCertificate, sweepCertificates } = activities();
    plays.now = new Date(Date.now() + 1_000);
    await takeCertificateStep({ enrolmentId, step: "ask-replacement" });
    await tellOfCertificate({ enrolmentId });
    const pushedBefore = pushed.length;
    plays.now = new Date(Date.now() + day / 2 + 1_000);
    await takeCertificateStep({ enrolmentId, step: "revoke-stale" });
    const [effectiveAt] = await effectiveTimesOf([enrolmentId]);

    plays.now = new Date();
    const at = new Date(effectiveAt!).toISOString();
    const waiting = { kind: "revoked", next: { step: "tell-revoked", at }, untold: false };
    expect(await readCertificate({ enrolmentId })).toEqual(waiting);
    await tellOfCertificate({ enrolmentId });
    await sweepCertificates();
    expect(pushed).toHaveLength(pushedBefore);
    expect(transmitted).toEqual([]);
    expect(signalled).not.toContain(enrolmentId);
    expect(await shown(person)).toEqual(["replace"]);
    expect(await polled(partyId)).toEqual([]);
    // What happens meanwhile is told at once, though its row is the later one.
    const second = await addPhone(registry.pool, person.personId, partyId);
    await transaction(registry.pool, (connection) =>
      revoke(connection, sealer, {
        target: { enrolmentId: second.enrolmentId },
        reason: "keyCompromise",
        by: "person",
        proof: "p",
        digest: crypto.randomUUID(),
      }),
    );
    const [urgent, ...others] = await polled(partyId);
    expect(others).toEqual([]);
    expect(await earlierPending(registry.pool, urgent!, plays.now)).toBe(false);

    plays.now = new Date(effectiveAt! + 1);
    expect(await readCertificate({ enrolmentId })).toEqual({ kind: "over", untold: true });
    await tellOfCertificate({ enrolmentId });
    expect(pushed).toHaveLength(pushedBefore + 1);
    expect(transmitted).toHaveLength(2);
    expect(await shown(person)).toEqual(["revoked", "revoked", "replace"]);
    await markDelivered(registry.pool, urgent!.jti);
    expect(await polled(partyId)).toMatchObject([{ happenedAt: new Date(effectiveAt!) }]);
  });

  test("ok/one without attributes outlives a move", async () => {
    const person = await makePerson(registry.pool);
    await addAttributeRecord(registry.pool, person.personId, 3, firstRecord);
    const { enrolmentId } = person.phone;
    expect(await activities().readCertificate({ enrolmentId })).toMatchObject({
      next: { step: "tell-90-days" },
    });
  });
});

describe("revoking", () => {
  const ask = (target: Parameters<typeof revoke>[2]["target"], more = {}) =>
    transaction(registry.pool, (connection) =>
      revoke(connection, sealer, {
        target,
        reason: "keyCompromise",
        by: "key-holder",
        proof: "the proof",
        digest: crypto.randomUUID(),
        ...more,
      }),
    );
  const keyOf = async (enrolmentId: string) => (await findEnrolment(registry.pool, enrolmentId))!.spkiSha256;

  test("ok/by key: revoked, the key blocked, the enrolment over, person and party to be told", async () => {
    const person = await makePerson(registry.pool);
    const { enrolmentId } = person.phone;
    await listen(person.partyId);
    const spkiSha256 = await keyOf(enrolmentId);
    const revoked = await ask({ spkiSha256 });
    expect(revoked.certificates.map((each) => each.enrolmentId)).toEqual([enrolmentId]);
    expect(await isKeyBlocked(registry.pool, spkiSha256)).toBe(true);
    expect((await findEnrolment(registry.pool, enrolmentId))?.state).toBe("revoked");
    expect(await auditOf(enrolmentId)).toEqual(["certificate-revoked"]);
    await activities().tellOfCertificate({ enrolmentId });
    expect(pushed).toEqual([{ partyId: person.partyId, alsoTo: enrolmentId }]);
    expect(transmitted).toHaveLength(1);
  });

  test("ok/the same proof again, and another reason later: the first stands", async () => {
    const { enrolmentId } = (await makePerson(registry.pool)).phone;
    const digest = crypto.randomUUID();
    const first = await ask({ enrolmentId }, { digest });
    expect(first.isNew).toBe(true);
    expect(await ask({ enrolmentId }, { digest })).toEqual({ ...first, isNew: false });
    expect(await ask({ enrolmentId }, { reason: "superseded", by: "operator" })).toEqual(first);
    expect(await revocationOf(enrolmentId)).toEqual([{ reason: "keyCompromise", revoked_by: "key-holder" }]);
  });

  test("ok/a serial that is intended and not signed is revoked, and can never be stored as good", async () => {
    const { enrolmentId } = (await makePerson(registry.pool)).phone;
    await registry.pool.query("delete from certificates where enrolment_id = $1", [enrolmentId]);
    await registry.pool.query("update enrolments set state = 'applied' where id = $1", [enrolmentId]);
    const { rows } = await registry.pool.query<{ serial: string }>(
      "select serial from issuance_intents where enrolment_id = $1",
      [enrolmentId],
    );
    expect((await ask({ serial: rows[0]!.serial })).certificates).toHaveLength(1);
    expect((await findEnrolment(registry.pool, enrolmentId))?.state).toBe("ended");
  });

  test("ok/a person's every certificate at every party, and nobody else's", async () => {
    const person = await makePerson(registry.pool);
    const elsewhere = await makePerson(registry.pool);
    const other = await addPhone(registry.pool, person.personId, elsewhere.partyId);
    const revoked = await ask({ personId: person.personId }, { reason: "cessationOfOperation" });
    expect(revoked.certificates.map(({ enrolmentId }) => enrolmentId).toSorted()).toEqual(
      [person.phone.enrolmentId, other.enrolmentId].toSorted(),
    );
    expect(await revocationOf(elsewhere.phone.enrolmentId)).toEqual([]);
    expect(await isKeyBlocked(registry.pool, await keyOf(other.enrolmentId))).toBe(false);
  });

  test("ok/a death: one act, and at each party a date of its own within the hour; the enrolments end at once", async () => {
    const person = await makePerson(registry.pool);
    const phones = [person.phone.enrolmentId];
    for (let parties = 1; parties < 12; parties += 1) {
      const { partyId } = await makePerson(registry.pool);
      phones.push((await addPhone(registry.pool, person.personId, partyId)).enrolmentId);
    }
    const begin = Date.now();
    const how = { by: "operator", reason: "cessationOfOperation", windowMs: deathWindowMs };
    await ask({ personId: person.personId }, how);
    const times = await effectiveTimesOf(phones);
    expect(new Set(times.map((time) => Math.floor(time / 1_000))).size).toBe(phones.length);
    for (const time of times) {
      expect(time).toBeGreaterThanOrEqual(begin);
      expect(time).toBeLessThanOrEqual(Date.now() + deathWindowMs);
    }
    // Twelve moments within an hour: that all lie in one quarter of it comes about once in a million.
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(deathWindowMs / 4);
    for (const id of phones) {
      expect((await findEnrolment(registry.pool, id))?.state).toBe("revoked");
      expect(await findGoodEnrolment(registry.pool, id, new Date())).toBeUndefined();
      expect(await hasGoodCertificate(registry.pool, id, new Date())).toBe(false);
    }
  });

  test("ok/a compromise while a window runs takes effect at once, with its notice and event", async () => {
    const person = await makePerson(registry.pool);
    const { enrolmentId } = person.phone;
    await listen(person.partyId);
    const spkiSha256 = await keyOf(enrolmentId);
    await ask({ enrolmentId }, { by: "engine", reason: "affiliationChanged", windowMs: day });
    expect(await polled(person.partyId)).toEqual([]);
    const { certificates } = await ask({ spkiSha256 });
    const { effectiveAt } = certificates[0]!;
    expect(effectiveAt.getTime()).toBeLessThanOrEqual(Date.now());
    expect(await revocationOf(enrolmentId)).toEqual([{ reason: "keyCompromise", revoked_by: "key-holder" }]);
    expect(await auditOf(enrolmentId)).toEqual(["certificate-revoked", "revocation-brought-forward"]);
    expect(await shown(person)).toEqual(["revoked"]);
    expect(await polled(person.partyId)).toMatchObject([{ happenedAt: effectiveAt }]);
  });

  test.each([
    ["by the person", { by: "person", reason: "cessationOfOperation" }],
    ["of a key that others know", { by: "operator", reason: "keyCompromise" }],
    ["of what a new phone replaced", { by: "engine", reason: "superseded" }],
    ["of what was frozen", { by: "operator", reason: "privilegeWithdrawn" }],
  ])("fail/a window for a revocation %s", async (_whose, how) => {
    const { enrolmentId } = (await makePerson(registry.pool)).phone;
    await expect(ask({ enrolmentId }, { ...how, windowMs: day })).rejects.toThrow(RangeError);
    expect(await revocationOf(enrolmentId)).toEqual([]);
  });

  test("ok/a proof acts once: what was issued since is left alone, however often it is brought", async () => {
    const person = await makePerson(registry.pool);
    const target = { personId: person.personId };
    const how = { by: "operator", reason: "cessationOfOperation", digest: crypto.randomUUID() };
    const first = await ask(target, how);
    const later = await addPhone(registry.pool, person.personId, person.partyId);
    expect(await ask(target, how)).toEqual({ ...first, isNew: false });
    expect(await revocationOf(later.enrolmentId)).toEqual([]);
  });

  test("ok/of a key's many proofs only the one that revoked is kept", async () => {
    const { enrolmentId } = (await makePerson(registry.pool)).phone;
    const count = async () =>
      (await registry.pool.query<{ count: number }>("select count(*)::int from revocation_requests")).rows[0]!
        .count;
    const before = await count();
    const first = await ask({ enrolmentId });
    expect(await ask({ enrolmentId })).toEqual(first);
    expect((await count()) - before).toBe(1);
  });

  test("fail/what is there for nobody changes nothing", async () => {
    expect((await ask({ serial: "ff" })).certificates).toEqual([]);
    expect(await revokeCertificates(registry.pool, { serial: "ff" }, "unspecified", "engine")).toEqual({
      fresh: [],
      broughtForward: [],
    });
  });
});

describe("campaigns", () => {
  const campaign = async (kind: "replace" | "revoke", generation: string, perMinute: number) => {
    const id = crypto.randomUUID();
    const reason = kind === "revoke" ? ("cessationOfOperation" as const) : null;
    await addCampaign(registry.pool, {
      id,
      kind,
      generation,
      reason,
      perMinute,
      statement: "{}",
      approvals: [],
    });
    return id;
  };
  const generationOf = async (size: number) => {
    const generation = `g-${crypto.randomUUID().slice(0, 8)}`;
    const person = await makePerson(registry.pool);
    const phones = [];
    for (let index = 0; index < size; index += 1)
      phones.push(await addPhone(registry.pool, person.personId, person.partyId, { generation }));
    return { generation, person, ids: phones.map(({ enrolmentId }) => enrolmentId) };
  };

  test("ok/a whole generation is revoked, batch by batch, at the pace approved, and reported", async () => {
    const { generation, person, ids } = await generationOf(5);
    const campaignId = await campaign("revoke", generation, 2);
    const run = () => activities().runCampaignBatch({ campaignId });
    expect(await run()).toEqual({ isOver: false, done: 2, pauseMs: 60_000 });
    expect(await run()).toEqual({ isOver: false, done: 4, pauseMs: 60_000 });
    expect(await run()).toEqual({ isOver: false, done: 5, pauseMs: 30_000 });
    expect(await run()).toEqual({ isOver: true, done: 5, pauseMs: 0 });
    expect(await run()).toEqual({ isOver: true, done: 5, pauseMs: 0 });
    for (const id of ids)
      expect(await revocationOf(id)).toEqual([{ reason: "cessationOfOperation", revoked_by: "operator" }]);
    expect(await revocationOf(person.phone.enrolmentId)).toEqual([]);
    expect(signalled.toSorted()).toEqual(ids.toSorted());
    expect(await auditOf(campaignId)).toEqual(["campaign-ended"]);
  });

  test("ok/a whole generation is asked to replace: nothing is revoked", async () => {
    const { generation, person, ids } = await generationOf(3);
    const campaignId = await campaign("replace", generation, 1_000);
    expect(await activities().runCampaignBatch({ campaignId })).toMatchObject({ done: 3 });
    for (const id of ids) expect(await revocationOf(id)).toEqual([]);
    expect(await shown(person)).toEqual(["replace", "replace", "replace"]);
  });

  test("ok/a campaign that Temporal never heard of is started by the sweep", async () => {
    const { generation } = await generationOf(1);
    const campaignId = await campaign("replace", generation, 1_000);
    await activities().sweepCertificates();
    expect(started).not.toContain(campaignId);
    plays.now = new Date(Date.now() + 120_000);
    await activities().sweepCertificates();
    expect(started).toContain(campaignId);
    while (!(await activities().runCampaignBatch({ campaignId })).isOver);
    started.length = 0;
    await activities().sweepCertificates();
    expect(started).not.toContain(campaignId);
  });

  test("fail/a campaign nobody stored", async () => {
    await expect(activities().runCampaignBatch({ campaignId: crypto.randomUUID() })).rejects.toThrow(
      "not in the registry",
    );
  });
});

test("ok/the Schedules tell how many CRLs were made, of subscribers and of roots, and how many roots' end", async () => {
  expect(await activities().publishStatus()).toEqual({ published: 2 });
  expect(await activities().renewRootCrls()).toEqual({ renewed: 1, ending: 2 });
});
