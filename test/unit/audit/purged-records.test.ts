import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { chainAuditLines } from "../../../activities/audit/sequencer.ts";
import { createPurgeActivities } from "../../../activities/retention/activities.ts";
import { signPurgeRecord } from "../../../domain/audit/checkpoints.ts";
import { digestOf } from "../../../domain/audit/purge-record.ts";
import { audit } from "../../../registry/audit/lines.ts";
import { type Acted, actedPerson, everythingDone, revoked } from "./acted.ts";
import { type AuditBook, openBook } from "./book.ts";

let book: AuditBook;
let person: Acted;
let now: Date;
beforeEach(async () => {
  now = new Date();
  book = await openBook(() => now);
  person = await actedPerson(book);
  await revoked(book, person);
  await chainAuditLines(book.deps);
});
afterEach(() => book?.close());

const found = async () => (await book.verify()).tampering;
const yearsOn = (years: number) => {
  now = new Date(Date.now() + years * 365.25 * 86_400_000);
};
const purge = async () => {
  await createPurgeActivities({
    pool: book.pool,
    clock: () => now,
    years: { certificate: 10, evidence: 7, consent: 10 },
    checkpoints: book.checkpoints,
    auditKey: book.auditKey,
  }).purgeRecords();
  await chainAuditLines(book.deps);
};
const count = async (table: string) => (await book.pool.query(`select 1 from ${table}`)).rowCount;

/** The consent ended, as by the person. */
async function withdrawn({ consentId }: Acted): Promise<void> {
  const rows = "where consent_id = $1 limit 1";
  await book.tamper("update consents set state = 'withdrawn', revision = 2, ended_at = now() where id = $1", [
    consentId,
  ]);
  await book.tamper(
    `insert into audit_lines (at, act, subject, detail) values (now(), 'consent-changed', $1,
       '{"act": "withdraw", "source": "device", "revision": 2}')`,
    [consentId],
  );
  await book.tamper("insert into audit_tail select max(id) from audit_lines");
  await book.tamper(
    `insert into consent_changes select gen_random_uuid(), consent_id, person_id, party_id, kind, 'withdraw', attributes,
       notice_sha256, source, enrolment_id, 'other', evidence, received_at, outcome, 2, receipt from consent_changes ${rows}`,
    [consentId],
  );
  await chainAuditLines(book.deps);
}

describe("a lawful purge names what it destroyed, and verifies", () => {
  test("ok/evidence, and later the books and the consent, with lines that are still there and without", async () => {
    yearsOn(8.1);
    await purge();
    expect(await count("purged_records")).toBe(1);
    expect(await found()).toBeUndefined();
    await withdrawn(person);
    expect(await found()).toBeUndefined();
    yearsOn(11.2);
    await purge();
    expect([await count("certificates"), await count("revocations"), await count("consents")]).toEqual([
      0, 0, 0,
    ]);
    expect(await found()).toBeUndefined();
    yearsOn(12);
    await purge();
    expect(await found()).toBeUndefined();
  });

  test("ok/a consent with all that came of it, and an operator's look with its line", async () => {
    const other = await actedPerson(book);
    await everythingDone(book, other);
    await audit(book.pool, "attributes-revealed", other.personId, { by: "operator" });
    await withdrawn(other);
    expect(await found()).toBeUndefined();
    yearsOn(11.2);
    await purge();
    for (const table of ["notifications", "security_events", "attribute_reads", "consent_view_lines"])
      expect([table, await count(table)]).toEqual([table, 0]);
    expect(await count("recorded_acts")).toBe(0);
    expect(await found()).toBeUndefined();
  });
});

describe("what was destroyed under the name of a purge", () => {
  test("bad/evidence that is empty, and no purge names it", async () => {
    await book.tamper("update evidence set sealed = ''");
    expect(await found()).toMatchObject({
      what: "evidence",
      detail: expect.stringContaining(person.evidenceId),
    });
  });

  test("bad/more evidence than a purge names", async () => {
    const other = await actedPerson(book);
    await book.tamper("update evidence set created_at = $2 where id = $1", [
      other.evidenceId,
      new Date("2050-01-01"),
    ]);
    yearsOn(8.1);
    await purge();
    await book.tamper("update evidence set sealed = ''");
    expect(await found()).toMatchObject({
      what: "evidence",
      detail: expect.stringContaining(other.evidenceId),
    });
  });

  test.each([
    ["another id", "update purged_records set record_id = gen_random_uuid()::text"],
    ["one more", "insert into purged_records select purge_id, 2, 'more', digest from purged_records"],
    ["none", "delete from purged_records"],
  ])("bad/the list of a purge is another: %s", async (_, sql) => {
    yearsOn(8.1);
    await purge();
    await book.tamper(sql);
    expect(await found()).toMatchObject({
      what: "purge",
      detail: expect.stringContaining("The list of what"),
    });
  });

  test("bad/a purge that is in the database alone", async () => {
    await book.tamper(
      `insert into purges (id, what, count, digest, kept_years) values (gen_random_uuid(), 'evidence', 1, 'x', 7)`,
    );
    await book.tamper("update evidence set sealed = ''");
    expect(await found()).toMatchObject({
      what: "purge",
      detail: expect.stringContaining("no signed record"),
    });
  });
});

describe("the age of what is destroyed is not what a column says", () => {
  const shift = () =>
    book.tamper(
      "update certificates set not_before = '2001-01-01', not_after = '2002-01-01', issued_at = '2001-01-01'",
    );

  test("bad/a certificate's end, shifted: nothing is destroyed", async () => {
    await shift();
    await purge();
    expect(await count("certificates")).toBe(1);
    // Where its line is gone, lawfully or not, the certificate itself still says when it ends.
    yearsOn(10.5);
    await expect(purge()).rejects.toThrow(person.serial);
    expect(await count("certificates")).toBe(1);
  });

  test("bad/and its evidence neither", async () => {
    await shift();
    await book.tamper("update evidence set created_at = '2001-01-01'");
    yearsOn(7.5);
    await expect(purge()).rejects.toThrow(person.evidenceId);
    expect((await book.pool.query("select sealed from evidence")).rows).toEqual([
      { sealed: Buffer.from("sealed") },
    ]);
  });

  test("bad/a consent's end, shifted: its line is younger", async () => {
    await book.tamper("update consents set state = 'withdrawn', ended_at = '2001-01-01'");
    await purge();
    expect(await count("consents")).toBe(1);
  });

  test("bad/with a log that was tampered with nothing is destroyed", async () => {
    await book.tamper("update audit_lines set at = '2001-01-01' where act = 'certificate-issued'");
    yearsOn(11.2);
    await expect(purge()).rejects.toThrow("nor any other record");
    expect(await count("certificates")).toBe(1);
  });

  test("bad/an engine with wrong settings signed it all the same: line and certificate tell", async () => {
    const [digest, id] = ["0".repeat(64), "11111111-1111-4111-8111-111111111111"];
    const record = {
      id,
      what: "evidence",
      count: 1,
      digest: digestOf([{ id: person.evidenceId, digest }]),
      keptYears: 7,
      listed: true,
    } as const;
    await book.tamper(
      "insert into purges (id, what, count, digest, kept_years) values ($1, 'evidence', 1, $2, 7)",
      [id, record.digest],
    );
    await book.tamper("insert into purged_records values ($1, 1, $2, $3)", [id, person.evidenceId, digest]);
    await book.tamper("update evidence set sealed = ''");
    await book.checkpoints.append(
      await signPurgeRecord(record, await book.checkpoints.last(), book.deps.key, now),
    );
    expect(await found()).toMatchObject({ what: "purge", detail: expect.stringContaining("not old enough") });
  });
});

test("ok/a record of before names nothing: as many are taken as it counts", async () => {
  const other = await actedPerson(book);
  await chainAuditLines(book.deps);
  yearsOn(8.1);
  const id = "22222222-2222-4222-8222-222222222222";
  const record = { id, what: "evidence", count: 1, digest: "x".repeat(43), keptYears: 7 } as const;
  await book.pool.query(
    "insert into purges (id, what, count, digest, kept_years) values ($1, 'evidence', 1, $2, 7)",
    [id, record.digest],
  );
  await book.pool.query(`insert into audit_lines (act, subject, detail) values ('records-purged', $1, $2)`, [
    id,
    { what: "evidence", count: 1, digest: record.digest, keptYears: 7 },
  ]);
  await book.checkpoints.append(
    await signPurgeRecord(record, await book.checkpoints.last(), book.deps.key, now),
  );
  await chainAuditLines(book.deps);
  await book.tamper("update evidence set sealed = '' where id = $1", [person.evidenceId]);
  expect(await found()).toBeUndefined();
  await book.tamper("update evidence set sealed = '' where id = $1", [other.evidenceId]);
  expect(await found()).toMatchObject({ what: "evidence" });
});
