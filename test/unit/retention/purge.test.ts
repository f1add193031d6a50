import { randomUUID } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { eventTypes } from "../../../protocol/events.ts";
import { addLinkRequest } from "../../../registry/link/requests.ts";
import { addSecurityEvent } from "../../../registry/notification/security-events.ts";
import { account, termsOf } from "../consent/datasets.ts";
import { addPhone, day, makePerson } from "../notification/people.ts";
import { audited, count, keepRecords, purge, purges, withEvidence, year, yearsOn } from "./purging.ts";

keepRecords();

describe("records are purged at the end of their retention", () => {
  test("ok/nothing is purged before its time", async () => {
    await withEvidence(await makePerson(audited.pool));
    yearsOn(6.9);
    expect(await purge()).toEqual({ purged: 0 });
    expect(await purges()).toEqual([]);
  });

  test("ok/evidence is emptied seven years after its certificate's end, and its hash stays", async () => {
    const enrolmentId = await withEvidence(await makePerson(audited.pool));
    yearsOn(8.1);
    await purge();
    const { rows } = await audited.pool.query(
      "select sealed, status_answer from evidence where enrolment_id = $1",
      [enrolmentId],
    );
    expect(rows).toEqual([{ sealed: Buffer.alloc(0), status_answer: null }]);
    expect(await count("certificates", "enrolment_id", enrolmentId)).toBe(1);
    expect((await purges()).map(({ what }) => what)).toEqual(["evidence"]);
  });

  test("ok/evidence of a valid certificate stays, however old it is", async () => {
    const person = await makePerson(audited.pool);
    const { enrolmentId } = await addPhone(audited.pool, person.personId, person.partyId, {
      notAfter: new Date(Date.now() + 12 * year),
    });
    await withEvidence({ phone: { ...person.phone, enrolmentId } });
    yearsOn(18);
    await purge();
    expect(
      (await audited.pool.query("select sealed from evidence where enrolment_id = $1", [enrolmentId])).rows,
    ).toEqual([{ sealed: Buffer.from("sealed") }]);
  });

  test("ok/a certificate's records are purged ten years after its end, with a record of what was destroyed", async () => {
    const { phone } = await makePerson(audited.pool);
    const { enrolmentId } = phone;
    yearsOn(11.1);
    await purge();
    for (const table of ["certificates", "issuance_intents"])
      expect(await count(table, "enrolment_id", enrolmentId)).toBe(0);
    expect(await count("enrolments", "id", enrolmentId)).toBe(1);
    const [proof] = (await purges()).filter(({ what }) => what === "certificates");
    expect(proof).toEqual({ what: "certificates", count: expect.any(Number), digest: expect.any(String) });
    const { rows } = await audited.pool.query(
      "select detail from audit_lines where act = 'records-purged' and detail->>'what' = 'certificates'",
    );
    expect(rows).toEqual([{ detail: { ...proof, keptYears: 10 } }]);
  });

  test("ok/a consent is purged ten years after its end, with everything under it", async () => {
    const person = await makePerson(audited.pool);
    await audited.pool.query("update consents set state = 'withdrawn', ended_at = now() where id = $1", [
      person.consentId,
    ]);
    const jti = randomUUID();
    await addSecurityEvent(audited.pool, {
      jti,
      partyId: person.partyId,
      event: eventTypes.attributesChanged,
      consentId: person.consentId,
      claims: {},
    });
    const other = await makePerson(audited.pool);
    yearsOn(10.1);
    await purge();
    expect(await count("consents", "id", person.consentId)).toBe(0);
    expect(await count("security_events", "jti", jti)).toBe(0);
    expect(await count("consents", "id", other.consentId)).toBe(1);
  });

  test("ok/a request for a link is purged a year after its end, unless a recorded tap is about it", async () => {
    const person = await makePerson(audited.pool);
    const { partyId } = await makePerson(audited.pool);
    const ask = async (expiresAt: Date) => {
      const receivingId = await addLinkRequest(audited.pool, {
        personId: person.personId,
        terms: termsOf(account, { from: person.partyId, to: partyId }),
        askedBy: person.phone.enrolmentId,
        digest: randomUUID(),
        createdAt: new Date(),
        expiresAt,
      });
      const { rows } = await audited.pool.query<{ id: string }>(
        "select id from link_requests where receiving_id = $1",
        [receivingId],
      );
      return rows[0]!.id;
    };
    const later = new Date(Date.now() + 400 * day);
    await ask(new Date());
    const [tapped, closed, waits] = [await ask(new Date()), await ask(later), await ask(later)];
    await audited.pool.query("update link_requests set state = 'declined', closed_at = now() where id = $1", [
      closed,
    ]);
    await audited.pool.query(
      `insert into page_visits (id, act, browser_sha256, shown, shown_sha256, asked_person_id, request_id, number, decoys,
         created_at, expires_at)
       values ($1, 'grant-link', sha256($2), '', '', $3, $4, 1, '{}', now(), now())`,
      [randomUUID(), Buffer.from(randomUUID()), person.personId, tapped],
    );
    yearsOn(0.99);
    await purge();
    expect(await count("link_requests", "person_id", person.personId)).toBe(4);
    yearsOn(1.01);
    await purge();
    const { rows } = await audited.pool.query<{ id: string }>(
      "select id from link_requests where person_id = $1",
      [person.personId],
    );
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([tapped, waits]));
    expect(await purges()).toMatchObject([{ what: "link-requests", count: 2 }]);
  });

  test("ok/expired CRLs are purged, except the newest of each scope", async () => {
    const insertCrl = (shard: number, number: number, hoursFromNow: number) =>
      audited.pool.query(
        `insert into crls (generation, crl_shard, number, der, this_update, next_update, revocation_mark)
         values ('g7', $1, $2, 'der', now(), now() + make_interval(hours => $3), '0')`,
        [shard, number, hoursFromNow],
      );
    await insertCrl(0, 1, -30);
    await insertCrl(0, 2, -20);
    await insertCrl(0, 3, 4);
    await insertCrl(1, 1, -20);
    await purge();
    const { rows } = await audited.pool.query(
      "select crl_shard, number::int as number from crls where generation = 'g7' order by crl_shard, number",
    );
    expect(rows).toEqual([
      { crl_shard: 0, number: 3 },
      { crl_shard: 1, number: 1 },
    ]);
    expect((await purges()).find(({ what }) => what === "crls")).toMatchObject({ count: 2 });
  });

  test("ok/the oldest part of the audit log is purged up to a checkpoint; the rest verifies", async () => {
    await audited.write(4);
    await audited.write(3);
    await audited.pool.query(
      "insert into audit_lines (act, subject, at) values ('crl-refused', 'young', $1)",
      [new Date(Date.now() + 10 * year)],
    );
    yearsOn(10.1);
    await purge();
    expect(await count("audit_chain", "position", 7)).toBe(0);
    await audited.write(2);
    const verdict = await audited.verify();
    expect(verdict.tampering).toBeUndefined();
    expect(verdict.entries).toBeGreaterThanOrEqual(3);
    expect((await purges()).find(({ what }) => what === "audit-lines")).toMatchObject({ count: 7 });
  });

  test("fail/a forged checkpoint: no audit line is destroyed", async () => {
    await audited.write(3);
    await audited.checkpoints.append("forged");
    yearsOn(12);
    await expect(purge()).rejects.toThrow("No audit line is destroyed");
    expect(await count("audit_chain", "position", 1)).toBe(1);
  });

  test("fail/lines destroyed in the name of a purge without a signed record", async () => {
    await audited.write(4);
    await audited.write(3);
    await audited.tamper(
      "delete from audit_lines where id in (select line_id from audit_chain where position <= 2)",
    );
    await audited.tamper("delete from audit_chain where position <= 2");
    await audited.tamper(
      `insert into purges (id, what, count, digest, kept_years, last_position, last_hash)
       values (gen_random_uuid(), 'audit-lines', 2, 'x', 10, 2, decode(repeat('00', 32), 'hex'))`,
    );
    expect((await audited.verify()).tampering).toMatchObject({ what: "deleted", position: "1" });
  });
});
