import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { chainAuditLines } from "../../../activities/audit/sequencer.ts";
import { createPurgeActivities } from "../../../activities/retention/activities.ts";
import { signPurgeRecord } from "../../../domain/audit/checkpoints.ts";
import { digestOf } from "../../../domain/audit/purge-record.ts";
import { audit } from "../../../registry/audit/lines.ts";
import { type Acted, actedPerson, everythingDone, revoked } from "./acted.ts";
import { type AuditedRegistry, openAuditedRegistry } from "./audited-registry.ts";

let audited: AuditedRegistry;
let person: Acted;
let now: Date;
beforeEach(async () => {
  now = new Date();
  audited = await openAuditedRegistry(() => now);
  person = await actedPerson(audited);
  await revoked(audited, person);
  await chainAuditLines(audited.deps);
});
afterEach(() => audited?.close());

const found = async () => (await audited.verify()).tampering;
const yearsOn = (years: number) => {
  now = new Date(Date.now() + years * 365.25 * 86_400_000);
};
const purge = async () => {
  await createPurgeActivities({
    pool: audited.pool,
    clock: () => now,
    years: { certificate: 10, evidence: 7, consent: 10 },
    checkpoints: audited.checkpoints,
    auditKey: audited.auditKey,
  }).purgeRecords();
  await chainAuditLines(audited.deps);
};
const count = async (table: string) => (await audited.pool.query(`select 1 from ${table}`)).rowCount;

/** The consent ended, as by the person. */
async function withdrawn({ consentId }: Acted): Promise<void> {
  const rows = "where consent_id = $1 limit 1";
  await audited.tamper(
    "update consents set state = 'withdrawn', revision = 2, ended_at = now() where id = $1",
    [consentId],
  );
  await audited.tamper(
    `insert into audit_lines (at, act, subject, detail) values (now(), 'consent-changed', $1,
       '{"act": "withdraw", "source": "device", "revision": 2}')`,
    [consentId],
  );
  await audited.tamper("insert into audit_tail select max(id) from audit_lines");
  await audited.tamper(
    `insert into consent_changes select gen_random_uuid(), consent_id, person_id, party_id, kind, 'withdraw', attributes,
       notice_sha256, source, enrolment_id, 'other', evidence, received_at, outcome, 2, receipt from consent_changes ${rows}`,
    [consentId],
  );
  await chainAuditLines(audited.deps);
}

describe("a regular purge names what it destroyed, and verifies", () => {
  test("ok/evidence, and later certificates and consents, with and without lines that remain", async () => {
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

  test("ok/a consent with everything under it, and an operator's look with its line", async () => {
    const other = await actedPerson(audited);
    await everythingDone(audited, other);
    await audit(audited.pool, "attributes-revealed", other.personId, { by: "operator" });
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

describe("records destroyed in the name of a purge", () => {
  test("bad/emptied evidence that no purge names", async () => {
    await audited.tamper("update evidence set sealed = ''");
    expect(await found()).toMatchObject({
      what: "evidence",
      detail: expect.stringContaining(person.evidenceId),
    });
  });

  test("bad/more evidence than a purge names", async () => {
    const other = await actedPerson(audited);
    await audited.tamper("update evidence set created_at = $2 where id = $1", [
      other.evidenceId,
      new Date("2050-01-01"),
    ]);
    yearsOn(8.1);
    await purge();
    await audited.tamper("update evidence set sealed = ''");
    expect(await found()).toMatchObject({
      what: "evidence",
      detail: expect.stringContaining(other.evidenceId),
    });
  });

  test.each([
    ["another id", "update purged_records set record_id = gen_random_uuid()::text"],
    ["one more", "insert into purged_records select purge_id, 2, 'more', digest from purged_records"],
    ["none", "delete from purged_records"],
  ])("bad/the list of a purge was changed: %s", async (_, sql) => {
    yearsOn(8.1);
    await purge();
    await audited.tamper(sql);
    expect(await found()).toMatchObject({
      what: "purge",
      detail: expect.stringContaining("The list of what"),
    });
  });

  test("bad/a purge that only the database has", async () => {
    await audited.tamper(
      `insert into purges (id, what, count, digest, kept_years) values (gen_random_uuid(), 'evidence', 1, 'x', 7)`,
    );
    await audited.tamper("update evidence set sealed = ''");
    expect(await found()).toMatchObject({
      what: "purge",
      detail: expect.stringContaining("no signed record"),
    });
  });
});

describe("the age of a record is not taken from a column alone", () => {
  const shift = () =>
    audited.tamper(
      "update certificates set not_before = '2001-01-01', not_after = '2002-01-01', issued_at = '2001-01-01'",
    );

  test("bad/a certificate's end was shifted: nothing is destroyed", async () => {
    await shift();
    await purge();
    expect(await count("certificates")).toBe(1);
    // Where its line is gone, lawfully or not, the certificate itself still says when it ends.
    yearsOn(10.5);
    await expect(purge()).rejects.toThrow(person.serial);
    expect(await count("certificates")).toBe(1);
  });

  test("bad/a certificate's end was shifted: its evidence is not destroyed either", async () => {
    await shift();
    await audited.tamper("update evidence set created_at = '2001-01-01'");
    yearsOn(7.5);
    await expect(purge()).rejects.toThrow(person.evidenceId);
    expect((await audited.pool.query("select sealed from evidence")).rows).toEqual([
      { sealed: Buffer.from("sealed") },
    ]);
  });

  test("bad/a consent's end was shifted: its line is younger, and it is not destroyed", async () => {
    await audited.tamper("update consents set state = 'withdrawn', ended_at = '2001-01-01'");
    await purge();
    expect(await count("consents")).toBe(1);
  });

  test("bad/nothing is destroyed while the log has been tampered with", async () => {
    await audited.tamper("update audit_lines set at = '2001-01-01' where act = 'certificate-issued'");
    yearsOn(11.2);
    await expect(purge()).rejects.toThrow("nor any other record");
    expect(await count("certificates")).toBe(1);
  });

  test("bad/an engine with wrong settings signed the purge: line and certificate reveal it", async () => {
    const [digest, id] = ["0".repeat(64), "11111111-1111-4111-8111-111111111111"];
    const record = {
      id,
      what: "evidence",
      count: 1,
      digest: digestOf([{ id: person.evidenceId, digest }]),
      keptYears: 7,
      listed: true,
    } as const;
    await audited.tamper(
      "insert into purges (id, what, count, digest, kept_years) values ($1, 'evidence', 1, $2, 7)",
      [id, record.digest],
    );
    await audited.tamper("insert into purged_records values ($1, 1, $2, $3)", [
      id,
      person.evidenceId,
      digest,
    ]);
    await audited.tamper("update evidence set sealed = ''");
    await audited.checkpoints.append(
      await signPurgeRecord(record, await audited.checkpoints.last(), audited.deps.key, now),
    );
    expect(await found()).toMatchObject({ what: "purge", detail: expect.stringContaining("not old enough") });
  });
});

test("ok/a purge record of the previous version names nothing: its count is accepted", async () => {
  const other = await actedPerson(audited);
  await chainAuditLines(audited.deps);
  yearsOn(8.1);
  const id = "22222222-2222-4222-8222-222222222222";
  const record = { id, what: "evidence", count: 1, digest: "x".repeat(43), keptYears: 7 } as const;
  await audited.pool.query(
    "insert into purges (id, what, count, digest, kept_years) values ($1, 'evidence', 1, $2, 7)",
    [id, record.digest],
  );
  await audited.pool.query(
    `insert into audit_lines (act, subject, detail) values ('records-purged', $1, $2)`,
    [id, { what: "evidence", count: 1, digest: record.digest, keptYears: 7 }],
  );
  await audited.checkpoints.append(
    await signPurgeRecord(record, await audited.checkpoints.last(), audited.deps.key, now),
  );
  await chainAuditLines(audited.deps);
  await audited.tamper("update evidence set sealed = '' where id = $1", [person.evidenceId]);
  expect(await found()).toBeUndefined();
  await audited.tamper("update evidence set sealed = '' where id = $1", [other.evidenceId]);
  expect(await found()).toMatchObject({ what: "evidence" });
});
