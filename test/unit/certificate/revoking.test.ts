import { describe, expect, test } from "@jest/globals";
import { deathWindowMs } from "../../../domain/certificate/effective-times.ts";
import { revokeCertificates } from "../../../domain/certificate/revoke-certificates.ts";
import { revoke } from "../../../domain/certificate/revoking.ts";
import { hasGoodCertificate } from "../../../registry/certificate/certificates.ts";
import { isKeyBlocked } from "../../../registry/certificate/revocations.ts";
import { transaction } from "../../../registry/database.ts";
import { findEnrolment, findGoodEnrolment } from "../../../registry/issuance/enrolments.ts";
import { addPhone, day, makePerson, sealer } from "../notification/people.ts";
import {
  activities,
  auditOf,
  effectiveTimesOf,
  listen,
  playCertificates,
  polled,
  pushed,
  registry,
  revocationOf,
  shown,
  transmitted,
} from "./certificate-world.ts";

playCertificates();

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

  test("ok/by key: the certificate is revoked, the key blocked, the enrolment ended, and person and party are to be notified", async () => {
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

  test("ok/the same proof again, or another reason later, changes nothing", async () => {
    const { enrolmentId } = (await makePerson(registry.pool)).phone;
    const digest = crypto.randomUUID();
    const first = await ask({ enrolmentId }, { digest });
    expect(first.isNew).toBe(true);
    expect(await ask({ enrolmentId }, { digest })).toEqual({ ...first, isNew: false });
    expect(await ask({ enrolmentId }, { reason: "superseded", by: "operator" })).toEqual(first);
    expect(await revocationOf(enrolmentId)).toEqual([{ reason: "keyCompromise", revoked_by: "key-holder" }]);
  });

  test("ok/a serial with an intent and no signature is revoked, and its certificate can never be stored as good", async () => {
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

  test("ok/every certificate of a person at every party is revoked, and no other", async () => {
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

  test("ok/a death: one act gives each party its own revocation time within the hour; the enrolments end at once", async () => {
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

  test("ok/a key compromise during a revocation window takes effect at once, with notice and event", async () => {
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

  test("ok/a proof revokes once: sent again, it does not touch certificates issued since", async () => {
    const person = await makePerson(registry.pool);
    const target = { personId: person.personId };
    const how = { by: "operator", reason: "cessationOfOperation", digest: crypto.randomUUID() };
    const first = await ask(target, how);
    const later = await addPhone(registry.pool, person.personId, person.partyId);
    expect(await ask(target, how)).toEqual({ ...first, isNew: false });
    expect(await revocationOf(later.enrolmentId)).toEqual([]);
  });

  test("ok/of several proofs for a key only the one that revoked is kept", async () => {
    const { enrolmentId } = (await makePerson(registry.pool)).phone;
    const count = async () =>
      (await registry.pool.query<{ count: number }>("select count(*)::int from revocation_requests")).rows[0]!
        .count;
    const before = await count();
    const first = await ask({ enrolmentId });
    expect(await ask({ enrolmentId })).toEqual(first);
    expect((await count()) - before).toBe(1);
  });

  test("fail/an unknown serial changes nothing", async () => {
    expect((await ask({ serial: "ff" })).certificates).toEqual([]);
    expect(await revokeCertificates(registry.pool, { serial: "ff" }, "unspecified", "engine")).toEqual({
      fresh: [],
      broughtForward: [],
    });
  });
});
