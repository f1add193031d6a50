import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createPurgeActivities } from "../../../activities/retention/activities.ts";
import { eventTypes } from "../../../protocol/events.ts";
import { addRefusedRead } from "../../../registry/attribute-record/refused-reads.ts";
import { addLinkRequest } from "../../../registry/link/requests.ts";
import { addSecurityEvent } from "../../../registry/notification/security-events.ts";
import { askErasure, takeBackErasure } from "../../../registry/person-page/erasure.ts";
import { type AuditBook, openBook } from "../audit/book.ts";
import { account, termsOf } from "../consent/datasets.ts";
import { addPhone, day, makePerson, type Person } from "../notification/people.ts";
import { insert } from "../notification/postgres.ts";

let book: AuditBook;
let now: Date;
beforeAll(async () => {
  book = await openBook(() => now);
});
afterAll(() => book?.close());
beforeEach(async () => {
  now = new Date();
  await book.clear();
  await book.tamper("update evidence set sealed = 'sealed'");
  await book.tamper("delete from crls");
});

const year = 365.25 * day;
const yearsOn = (years: number) => {
  now = new Date(Date.now() + years * year);
};
const purge = () =>
  createPurgeActivities({
    pool: book.pool,
    clock: () => now,
    years: { certificate: 10, evidence: 7, consent: 10 },
    checkpoints: book.checkpoints,
    auditKey: book.auditKey,
  }).purgeRecords();
const count = async (table: string, where: string, value: unknown) =>
  (
    await book.pool.query<{ n: number }>(`select count(*)::int as n from ${table} where ${where} = $1`, [
      value,
    ])
  ).rows[0]!.n;
const purges = async () =>
  (
    await book.pool.query<{ what: string; count: number; digest: string }>(
      "select what, count, digest from purges order by purged_at, what",
    )
  ).rows;

/** What a purge says of one certificate: "id digest" of its bytes, hashed. */
async function withEvidence({ phone }: Pick<Person, "phone">) {
  const { enrolmentId } = phone;
  await book.pool.query("update evidence set sealed = 'sealed', created_at = $2 where enrolment_id = $1", [
    enrolmentId,
    new Date(),
  ]);
  return enrolmentId;
}

describe("records are kept as long as they must be, and no longer", () => {
  test("ok/before its time nothing is touched", async () => {
    await withEvidence(await makePerson(book.pool));
    yearsOn(6.9);
    expect(await purge()).toEqual({ purged: 0 });
    expect(await purges()).toEqual([]);
  });

  test("ok/evidence seven years after its certificate's end: the content goes, its hash stays", async () => {
    const enrolmentId = await withEvidence(await makePerson(book.pool));
    yearsOn(8.1);
    await purge();
    const { rows } = await book.pool.query(
      "select sealed, status_answer from evidence where enrolment_id = $1",
      [enrolmentId],
    );
    expect(rows).toEqual([{ sealed: Buffer.alloc(0), status_answer: null }]);
    expect(await count("certificates", "enrolment_id", enrolmentId)).toBe(1);
    expect((await purges()).map(({ what }) => what)).toEqual(["evidence"]);
  });

  test("ok/evidence of a certificate that lives on stays, however old it is", async () => {
    const person = await makePerson(book.pool);
    const { enrolmentId } = await addPhone(book.pool, person.personId, person.partyId, {
      notAfter: new Date(Date.now() + 12 * year),
    });
    await withEvidence({ phone: { ...person.phone, enrolmentId } });
    yearsOn(18);
    await purge();
    expect(
      (await book.pool.query("select sealed from evidence where enrolment_id = $1", [enrolmentId])).rows,
    ).toEqual([{ sealed: Buffer.from("sealed") }]);
  });

  test("ok/the books ten years after a certificate's end, with the proof of what went", async () => {
    const { phone } = await makePerson(book.pool);
    const { enrolmentId } = phone;
    yearsOn(11.1);
    await purge();
    for (const table of ["certificates", "issuance_intents"])
      expect(await count(table, "enrolment_id", enrolmentId)).toBe(0);
    expect(await count("enrolments", "id", enrolmentId)).toBe(1);
    const [proof] = (await purges()).filter(({ what }) => what === "certificates");
    expect(proof).toEqual({ what: "certificates", count: expect.any(Number), digest: expect.any(String) });
    const { rows } = await book.pool.query(
      "select detail from audit_lines where act = 'records-purged' and detail->>'what' = 'certificates'",
    );
    expect(rows).toEqual([{ detail: { ...proof, keptYears: 10 } }]);
  });

  test("ok/a consent ten years after its end, with all that was under it", async () => {
    const person = await makePerson(book.pool);
    await book.pool.query("update consents set state = 'withdrawn', ended_at = now() where id = $1", [
      person.consentId,
    ]);
    const jti = randomUUID();
    await addSecurityEvent(book.pool, {
      jti,
      partyId: person.partyId,
      event: eventTypes.attributesChanged,
      consentId: person.consentId,
      claims: {},
    });
    const other = await makePerson(book.pool);
    yearsOn(10.1);
    await purge();
    expect(await count("consents", "id", person.consentId)).toBe(0);
    expect(await count("security_events", "jti", jti)).toBe(0);
    expect(await count("consents", "id", other.consentId)).toBe(1);
  });

  test("ok/a request for a link a year after its end, but for one that a tap on record is about", async () => {
    const person = await makePerson(book.pool);
    const { partyId } = await makePerson(book.pool);
    const ask = async (expiresAt: Date) => {
      const receivingId = await addLinkRequest(book.pool, {
        personId: person.personId,
        terms: termsOf(account, { from: person.partyId, to: partyId }),
        askedBy: person.phone.enrolmentId,
        digest: randomUUID(),
        createdAt: new Date(),
        expiresAt,
      });
      const { rows } = await book.pool.query<{ id: string }>(
        "select id from link_requests where receiving_id = $1",
        [receivingId],
      );
      return rows[0]!.id;
    };
    const later = new Date(Date.now() + 400 * day);
    await ask(new Date());
    const [tapped, closed, waits] = [await ask(new Date()), await ask(later), await ask(later)];
    await book.pool.query("update link_requests set state = 'declined', closed_at = now() where id = $1", [
      closed,
    ]);
    await book.pool.query(
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
    const { rows } = await book.pool.query<{ id: string }>(
      "select id from link_requests where person_id = $1",
      [person.personId],
    );
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([tapped, waits]));
    expect(await purges()).toMatchObject([{ what: "link-requests", count: 2 }]);
  });

  describe("of the CA's own page", () => {
    /** A tap that a card was accepted for, at a time. */
    async function tapped(personId: string, at: Date, answerDigest = randomUUID()): Promise<string> {
      const id = randomUUID();
      await insert(book.pool, "page_visits", {
        id,
        act: "log-in",
        browser_sha256: randomBytes(32),
        shown: "shown",
        shown_sha256: "x",
        number: 10,
        decoys: [11, 12],
        state: "finished",
        via: "qr",
        person_id: personId,
        answer_digest: answerDigest,
        evidence: "cms",
        created_at: at,
        expires_at: at,
        answered_at: at,
      });
      return id;
    }
    const of = async (what: string) => (await purges()).filter((each) => each.what === what);

    test("ok/a tap ten years after the end of what it could stop, and not before", async () => {
      const { personId } = await makePerson(book.pool);
      const [before, since] = [
        await tapped(personId, new Date(Date.now() - 3 * year)),
        await tapped(personId, new Date()),
      ];
      yearsOn(10.5);
      await purge();
      expect([await count("page_visits", "id", before), await count("page_visits", "id", since)]).toEqual([
        0, 1,
      ]);
      expect(await of("page-visits")).toMatchObject([{ count: 1 }]);
      yearsOn(11.1);
      await purge();
      expect(await count("page_visits", "id", since)).toBe(0);
    });

    test("ok/a tap that agreed to a link stays as long as the consent's changes", async () => {
      const { personId } = await makePerson(book.pool);
      const digest = randomUUID();
      const id = await tapped(personId, new Date(), digest);
      await insert(book.pool, "consent_changes", {
        id: randomUUID(),
        consent_id: randomUUID(),
        person_id: personId,
        kind: "register-refresh",
        act: "grant",
        attributes: [],
        source: "card",
        digest,
      });
      yearsOn(20);
      await purge();
      expect(await count("page_visits", "id", id)).toBe(1);
    });

    test("ok/a request for erasure ten years after it was closed; one that is open stays", async () => {
      const [person, other] = [await makePerson(book.pool), await makePerson(book.pool)];
      const asked = { visitId: randomUUID(), now: new Date() };
      const closed = (await askErasure(book.pool, { ...asked, personId: person.personId }))!;
      const open = (await askErasure(book.pool, { ...asked, personId: other.personId }))!;
      await takeBackErasure(book.pool, { personId: person.personId, now: new Date() });
      yearsOn(9.9);
      await purge();
      expect(await count("erasure_requests", "id", closed)).toBe(1);
      yearsOn(10.1);
      await purge();
      expect([
        await count("erasure_requests", "id", closed),
        await count("erasure_requests", "id", open),
      ]).toEqual([0, 1]);
      expect(await of("erasure-requests")).toMatchObject([{ count: 1 }]);
    });

    test("ok/the line of a refused read ten years after it", async () => {
      const { personId, partyId } = await makePerson(book.pool);
      await addRefusedRead(book.pool, { personId, partyId, asked: ["name"], at: new Date() });
      yearsOn(10.1);
      await purge();
      expect(await count("refused_reads", "person_id", personId)).toBe(0);
      expect(await of("refused-reads")).toMatchObject([{ count: 1 }]);
    });
  });

  test("ok/CRLs whose time is over, but for the newest of each scope", async () => {
    const insertCrl = (shard: number, number: number, hoursFromNow: number) =>
      book.pool.query(
        `insert into crls (generation, crl_shard, number, der, this_update, next_update, revocation_mark)
         values ('g7', $1, $2, 'der', now(), now() + make_interval(hours => $3), '0')`,
        [shard, number, hoursFromNow],
      );
    await insertCrl(0, 1, -30);
    await insertCrl(0, 2, -20);
    await insertCrl(0, 3, 4);
    await insertCrl(1, 1, -20);
    await purge();
    const { rows } = await book.pool.query(
      "select crl_shard, number::int as number from crls where generation = 'g7' order by crl_shard, number",
    );
    expect(rows).toEqual([
      { crl_shard: 0, number: 3 },
      { crl_shard: 1, number: 1 },
    ]);
    expect((await purges()).find(({ what }) => what === "crls")).toMatchObject({ count: 2 });
  });

  test("ok/the audit log's oldest part, as far as a checkpoint vouches for it; what is left verifies", async () => {
    await book.write(4);
    await book.write(3);
    await book.pool.query("insert into audit_lines (act, subject, at) values ('crl-refused', 'young', $1)", [
      new Date(Date.now() + 10 * year),
    ]);
    yearsOn(10.1);
    await purge();
    expect(await count("audit_chain", "position", 7)).toBe(0);
    await book.write(2);
    const verdict = await book.verify();
    expect(verdict.tampering).toBeUndefined();
    expect(verdict.entries).toBeGreaterThanOrEqual(3);
    expect((await purges()).find(({ what }) => what === "audit-lines")).toMatchObject({ count: 7 });
  });

  test("fail/a forged checkpoint: no audit line is destroyed", async () => {
    await book.write(3);
    await book.checkpoints.append("forged");
    yearsOn(12);
    await expect(purge()).rejects.toThrow("No audit line is destroyed");
    expect(await count("audit_chain", "position", 1)).toBe(1);
  });

  test("fail/lines destroyed under the name of a purge that was none: no signed record says so", async () => {
    await book.write(4);
    await book.write(3);
    await book.tamper(
      "delete from audit_lines where id in (select line_id from audit_chain where position <= 2)",
    );
    await book.tamper("delete from audit_chain where position <= 2");
    await book.tamper(
      `insert into purges (id, what, count, digest, kept_years, last_position, last_hash)
       values (gen_random_uuid(), 'audit-lines', 2, 'x', 10, 2, decode(repeat('00', 32), 'hex'))`,
    );
    expect((await book.verify()).tampering).toMatchObject({ what: "deleted", position: "1" });
  });
});
