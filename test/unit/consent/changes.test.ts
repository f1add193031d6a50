import { describe, expect, test } from "@jest/globals";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { applyIn } from "../../../domain/consent/applying.ts";
import { consentReceipt } from "../../../protocol/consent.ts";
import { labels } from "../../../protocol/labels.ts";
import { consentsBehind } from "../../../registry/consent/sweeps.ts";
import { findEnrolment } from "../../../registry/issuance/enrolments.ts";
import { day, firstRecord, issuer } from "../notification/people.ts";
import { learned, readBy } from "../recognition/learned.ts";
import { person, playConsents, registry, world } from "./consent-registry.ts";

playConsents();

const receiptOf = async (jws: string) => {
  const { payload } = await jwtVerify(jws, world.service.publicKey, { issuer, typ: labels.receipt });
  return consentReceipt.parse(payload);
};

describe("a grant", () => {
  test("ok/is a row in force for ten years, with the current attribute record, a receipt and an audit line", async () => {
    await world.move(person, 2);
    world.plays.now = new Date("2023-05-18T10:00:00+09:00");
    const { consentId, changeId, outcome } = await world.changed(person);
    const validUntil = new Date("2033-05-18T23:59:59+09:00");
    expect(outcome).toEqual({
      kind: "applied",
      view: {
        kind: "disclosure",
        revision: 1,
        state: "in-force",
        registerPending: false,
        currentVersion: 2,
        settledVersion: 2,
        validUntil: validUntil.toISOString(),
        remindAt: new Date(world.plays.now.getTime() + 365 * day).toISOString(),
      },
    });
    expect(await world.row(consentId)).toMatchObject({
      disclosedVersion: 2,
      settledVersion: 2,
      validUntil,
      attributes: ["name", "address"],
      registerState: null,
      endedAt: null,
    });
    expect(await world.auditOf(consentId)).toEqual([
      {
        act: "consent-changed",
        detail: {
          act: "grant",
          source: "device",
          revision: 1,
          personId: person.personId,
          partyId: person.partyId,
          attributes: "name,address",
        },
      },
    ]);
    const [change] = await world.changesOf(consentId);
    expect(decodeProtectedHeader(change.receipt)).toMatchObject({ alg: "ES256", kid: "service" });
    const enrolment = (await findEnrolment(registry.pool, person.phone.enrolmentId))!;
    expect(await receiptOf(change.receipt)).toMatchObject({
      sub: enrolment.pseudonym,
      record_id: consentId,
      recipient: person.partyId,
      purpose: "disclosure",
      pii_categories: ["name", "address"],
      event: { act: "grant", revision: 1, state: "in-force", signed_with: "device" },
      notice: { sha256: world.notices.disclosure.sha256 },
      valid_until: validUntil.toISOString(),
    });
    for (const value of [firstRecord.name, firstRecord.address, person.personId, changeId])
      expect(Buffer.from(change.receipt.split(".")[1], "base64url").toString()).not.toContain(value);
  });

  test("ok/discloses the newest writing of the version", async () => {
    await learned(registry.pool, person.personId, {
      address: firstRecord.address.replace("１番１号", "1番1号"),
    });
    const consentId = await world.granted(person);
    expect(await readBy(registry.pool, consentId)).toMatchObject({
      version: 1,
      attributes: { address: expect.stringContaining("1番1号") },
    });
  });

  test("ok/the same change repeated, and many times at once, is one grant with one receipt", async () => {
    const { consentId, changeId } = await world.stored(person);
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => world.activities.applyChange({ changeId })),
    );
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(outcomes[0]?.kind).toBe("applied");
    const [before] = await world.changesOf(consentId);
    await world.activities.applyChange({ changeId });
    expect(await world.changesOf(consentId)).toEqual([before]);
    expect(await world.auditOf(consentId)).toHaveLength(1);
  });

  test("fail/two grants of one subject at once: one is in force, the other is refused", async () => {
    const changes = await Promise.all(Array.from({ length: 4 }, () => world.stored(person)));
    const outcomes = await Promise.all(
      changes.map(({ changeId }) => world.activities.applyChange({ changeId })),
    );
    expect(outcomes.filter(({ kind }) => kind === "applied")).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.kind === "refused") expect(outcome.code).toBe("CONSENT_REVISION_PASSED");
    expect(await world.inForceOf(person)).toHaveLength(1);
  });

  test("ok/an earlier consent whose term has ended but is not yet marked is expired first", async () => {
    const earlier = await world.granted(person);
    const { validUntil } = await world.row(earlier);
    world.plays.now = new Date(validUntil.getTime() + day);
    const later = await world.granted(person);
    expect(await world.row(earlier)).toMatchObject({ state: "expired", revision: 2, endedAt: validUntil });
    expect((await world.inForceOf(person)).map(({ id }) => id)).toEqual([later]);
  });

  test("ok/a grant while a refresh lists the consents: the list misses it, and reading the row again finds it", async () => {
    const { consentId, changeId } = await world.stored(person);
    const connection = await registry.pool.connect();
    await connection.query("begin");
    const granted = await applyIn(connection, world.deps, changeId);
    await world.move(person, 2);
    const listed = (await consentsBehind(registry.pool, undefined, 1_000)).map(({ id }) => id);
    await connection.query("commit");
    connection.release();
    expect(listed).not.toContain(consentId);
    expect(granted).toMatchObject({ view: { currentVersion: 1, settledVersion: 1 } });
    expect(await world.activities.readConsent({ consentId })).toMatchObject({
      currentVersion: 2,
      settledVersion: 1,
    });
  });
});

describe("later changes", () => {
  test("ok/a renewal gives a new term and keeps decided versions", async () => {
    const consentId = await world.granted(person);
    await world.move(person, 2);
    const before = await world.row(consentId);
    world.plays.now = new Date(world.plays.now.getTime() + 400 * day);
    const { outcome } = await world.changed(person, { consentId, act: "renew", seenRevision: 1 });
    expect(outcome).toMatchObject({
      kind: "applied",
      view: { revision: 2, currentVersion: 2, settledVersion: 1 },
    });
    const after = await world.row(consentId);
    expect((after.validUntil.getTime() - before.validUntil.getTime()) / day).toBeCloseTo(400, 0);
    expect(after).toMatchObject({ disclosedVersion: 1, settledVersion: 1 });
  });

  test("ok/an amendment changes the attributes and keeps the term", async () => {
    const consentId = await world.granted(person);
    const before = await world.row(consentId);
    world.plays.now = new Date(world.plays.now.getTime() + 400 * day);
    await world.changed(person, { consentId, act: "amend", seenRevision: 1, attributes: ["address"] });
    expect(await world.row(consentId)).toMatchObject({
      attributes: ["address"],
      revision: 2,
      validUntil: before.validUntil,
    });
  });

  test("ok/a withdrawal ends it, with a receipt that says so", async () => {
    const consentId = await world.granted(person);
    const { outcome } = await world.changed(person, { consentId, act: "withdraw", seenRevision: 1 });
    expect(outcome).toMatchObject({ kind: "applied", view: { state: "withdrawn", revision: 2 } });
    expect(await world.row(consentId)).toMatchObject({ state: "withdrawn", endedAt: world.plays.now });
    const [, change] = await world.changesOf(consentId);
    expect((await receiptOf(change.receipt)).event).toMatchObject({
      act: "withdraw",
      state: "withdrawn",
      revision: 2,
    });
    expect(await world.inForceOf(person)).toEqual([]);
  });

  test("ok/a withdrawal is accepted over a revision that the person has not seen", async () => {
    const consentId = await world.granted(person);
    await world.changed(person, { consentId, act: "renew", seenRevision: 1 });
    const { outcome } = await world.changed(person, { consentId, act: "withdraw", seenRevision: 1 });
    expect(outcome).toMatchObject({ kind: "applied", view: { state: "withdrawn", revision: 3 } });
  });

  test.each(["renew", "amend"] as const)("fail/%s over a revision that has passed", async (act) => {
    const consentId = await world.granted(person);
    await world.changed(person, { consentId, act: "amend", seenRevision: 1, attributes: ["sex"] });
    const { outcome, changeId } = await world.changed(person, { consentId, act, seenRevision: 1 });
    expect(outcome).toMatchObject({ kind: "refused", code: "CONSENT_REVISION_PASSED" });
    expect(await world.row(consentId)).toMatchObject({ revision: 2, attributes: ["sex"] });
    expect(await world.activities.applyChange({ changeId })).toEqual(outcome);
  });

  test("fail/of two amendments at once that saw the same revision, one is refused", async () => {
    const consentId = await world.granted(person);
    const changes = await Promise.all(
      Array.from({ length: 4 }, () => world.stored(person, { consentId, act: "amend", seenRevision: 1 })),
    );
    const outcomes = await Promise.all(
      changes.map(({ changeId }) => world.activities.applyChange({ changeId })),
    );
    expect(outcomes.filter(({ kind }) => kind === "applied")).toHaveLength(1);
    expect((await world.row(consentId)).revision).toBe(2);
  });

  test.each(["renew", "amend", "withdraw"] as const)("fail/%s after the end", async (act) => {
    const consentId = await world.granted(person);
    await world.changed(person, { consentId, act: "withdraw" });
    const { outcome } = await world.changed(person, { consentId, act });
    expect(outcome).toMatchObject({ kind: "refused", code: "CONSENT_NOT_IN_FORCE" });
  });

  test("fail/a change of another person's consent, of an unknown one, and a change that was never stored", async () => {
    const other = await world.newPerson(person.partyId);
    const theirs = await world.granted(other);
    for (const consentId of [theirs, crypto.randomUUID()]) {
      const { outcome } = await world.changed(person, { consentId, act: "withdraw" });
      expect(outcome).toMatchObject({ kind: "refused", code: "CONSENT_NOT_IN_FORCE" });
    }
    expect((await world.row(theirs)).state).toBe("in-force");
    const changeId = crypto.randomUUID();
    expect(await world.activities.applyChange({ changeId })).toMatchObject({ code: "NOT_FOUND" });
  });

  test("fail/a change signed by a phone that was replaced before the decision", async () => {
    const consentId = await world.granted(person);
    const { changeId } = await world.stored(person, { consentId, act: "amend", seenRevision: 1 });
    await registry.pool.query("update enrolments set state = 'superseded' where id = $1", [
      person.phone.enrolmentId,
    ]);
    const outcome = await world.activities.applyChange({ changeId });
    expect(outcome).toMatchObject({ kind: "refused", code: "MESSAGE_UNTRUSTED" });
    expect(await world.row(consentId)).toMatchObject({ revision: 1 });
  });
});

describe("deadlines", () => {
  test("ok/a consent expires once, at the end of its term and not before", async () => {
    const consentId = await world.granted(person);
    expect(await world.activities.expireConsent({ consentId })).toMatchObject({
      state: "in-force",
      revision: 1,
    });
    const { validUntil } = await world.row(consentId);
    world.plays.now = new Date(validUntil.getTime() + 1_000);
    for (let times = 0; times < 2; times += 1)
      expect(await world.activities.expireConsent({ consentId })).toMatchObject({
        state: "expired",
        revision: 2,
      });
    expect((await world.auditOf(consentId)).map(({ act }) => act)).toEqual([
      "consent-changed",
      "consent-expired",
    ]);
  });

  test("ok/the reminder goes to the phones at that party; the next is in a year, at the same revision", async () => {
    const consentId = await world.granted(person);
    world.plays.now = new Date(world.plays.now.getTime() + 365 * day);
    const view = await world.activities.scheduleReminder({ consentId });
    expect(view.remindAt).toBe(new Date(world.plays.now.getTime() + 365 * day).toISOString());
    expect(await world.row(consentId)).toMatchObject({ revision: 1, remindAt: new Date(view.remindAt) });
    await world.activities.remindOfConsent({ consentId });
    const { personId, partyId } = person;
    expect(world.plays.pushed).toEqual([
      { personId, partyId, content: { type: "consent-reminder", consentId } },
    ]);
  });

  test("fail/the reminder fails while no push service answers; there is no reminder of an ended consent", async () => {
    const consentId = await world.granted(person);
    world.plays.push = "unavailable";
    await expect(world.activities.remindOfConsent({ consentId })).rejects.toThrow("503");
    world.plays.push = "sent";
    await world.changed(person, { consentId, act: "withdraw" });
    await world.activities.remindOfConsent({ consentId });
    expect(world.plays.pushed).toEqual([]);
  });
});
