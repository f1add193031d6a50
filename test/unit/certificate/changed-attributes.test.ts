import { describe, expect, test } from "@jest/globals";
import { revoke } from "../../../domain/certificate/revoking.ts";
import { transaction } from "../../../registry/database.ts";
import { findEnrolment } from "../../../registry/issuance/enrolments.ts";
import { earlierPending, markDelivered } from "../../../registry/notification/security-events.ts";
import {
  addAttributeRecord,
  addPhone,
  day,
  firstRecord,
  makePerson,
  moved,
  sealer,
} from "../notification/people.ts";
import {
  activities,
  effectiveTimesOf,
  listen,
  playCertificates,
  plays,
  polled,
  pushed,
  registry,
  revocationOf,
  shown,
  signalled,
  transmitted,
} from "./certificate-world.ts";

playCertificates();

describe("a certificate that carries attributes", () => {
  test("ok/a name changes (a move alone does not count): the person is asked, and within a day it is revoked, replaced or not", async () => {
    const person = await makePerson(registry.pool, { records: [firstRecord] });
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

  test("ok/each phone is asked at its own random moment: the notice is neither shown nor pushed before, and the lifecycle waits for it", async () => {
    const person = await makePerson(registry.pool, { records: [firstRecord] });
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

  test("ok/until the revocation takes effect, neither person nor party is notified, and other notices are not delayed", async () => {
    const person = await makePerson(registry.pool, { records: [firstRecord] });
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
    // A later act is notified at once, though its row is the later one.
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

  test("ok/a certificate without attributes stays valid after a move", async () => {
    const person = await makePerson(registry.pool);
    await addAttributeRecord(registry.pool, person.personId, 3, firstRecord);
    const { enrolmentId } = person.phone;
    expect(await activities().readCertificate({ enrolmentId })).toMatchObject({
      next: { step: "tell-90-days" },
    });
  });
});
