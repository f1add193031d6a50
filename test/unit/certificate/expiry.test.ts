import { describe, expect, test } from "@jest/globals";
import { revoke } from "../../../domain/certificate/revoking.ts";
import { transaction } from "../../../registry/database.ts";
import { findEnrolment } from "../../../registry/issuance/enrolments.ts";
import { addPhone, day, makePerson, sealer } from "../notification/people.ts";
import {
  activities,
  auditOf,
  playCertificates,
  plays,
  pushed,
  registry,
  shown,
  signalled,
} from "./certificate-world.ts";

playCertificates();

describe("the end of a certificate", () => {
  test("ok/the person is notified once at each date, by push and in the inbox, and never before it is due", async () => {
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

  test("fail/the push service is unavailable: the notice is sent later, not lost", async () => {
    const person = await makePerson(registry.pool);
    const { enrolmentId } = person.phone;
    plays.now = new Date(Date.now() + 276 * day);
    await activities().takeCertificateStep({ enrolmentId, step: "tell-90-days" });
    plays.push = "unavailable";
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

test("ok/the Schedules report how many CRLs they made, for issuing CAs and roots, and how many root CRLs near their end", async () => {
  expect(await activities().publishStatus()).toEqual({ published: 2 });
  expect(await activities().renewRootCrls()).toEqual({ renewed: 1, ending: 2 });
});
