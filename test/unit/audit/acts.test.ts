import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { chainAuditLines } from "../../../activities/audit/sequencer.ts";
import { tablesWithoutLine } from "../../../domain/audit/unpaired.ts";
import { revoke } from "../../../domain/certificate/revoking.ts";
import { openAuthorities } from "../../../pki/ca/authorities.ts";
import type { Authority } from "../../../pki/ca/authority.ts";
import { makeCrl } from "../../../pki/ca/crl.ts";
import { audit, recordedActs } from "../../../registry/audit/lines.ts";
import { type Pair, pairs } from "../../../registry/audit/pairs.ts";
import { openDatabase } from "../../../registry/database.ts";
import { scratchDirectory } from "../ca/openssl.ts";
import { passphrase } from "../ca/passphrase.ts";
import { sealer } from "../notification/people.ts";
import { insert } from "../notification/postgres.ts";
import { type Acted, actedPerson, everythingDone, revoked } from "./acted.ts";
import { type AuditBook, openBook } from "./book.ts";

let book: AuditBook;
let person: Acted;
beforeEach(async () => {
  book = await openBook();
  person = await actedPerson(book);
  await chainAuditLines(book.deps);
});
afterEach(() => book?.close());

const found = async () => (await book.verify()).tampering;

/** What whoever holds the sequencer's lock does to a line that is not chained yet. */
async function unwrite(act: string): Promise<void> {
  await book.tamper("delete from audit_tail where line_id in (select id from audit_lines where act = $1)", [
    act,
  ]);
  await book.tamper("delete from audit_lines where act = $1", [act]);
}

test("ok/rows and lines that belong together", async () => {
  await revoked(book, person);
  await chainAuditLines(book.deps);
  expect(await found()).toBeUndefined();
});

test("ok/every table is paired with lines, or it is said why it is not", async () => {
  const { rows } = await book.pool.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' order by 1",
  );
  const paired = new Set((pairs as readonly Pair[]).flatMap(({ tables }) => tables));
  const excused = Object.keys(tablesWithoutLine);
  expect([...new Set([...paired, ...excused])].toSorted()).toEqual(rows.map(({ name }) => name));
  expect(excused.filter((name) => paired.has(name))).toEqual([]);
});

describe("a fresh line that is removed while it waits is missed by the act's own row", () => {
  test.each([
    ["certificate-revoked", "revocation"],
    ["revocation-requested", "revocation request"],
    ["key-blocked", "blocked key"],
  ])("bad/%s", async (act, name) => {
    await revoked(book, person);
    await unwrite(act);
    await chainAuditLines(book.deps);
    expect(await found()).toMatchObject({
      what: "act",
      detail: expect.stringContaining(`This has no line: ${name}`),
    });
  });

  test.each([
    [
      "a consent was withdrawn",
      "update consents set state = 'withdrawn', revision = 2, ended_at = now()",
      "current state of a consent",
    ],
    [
      "a consent was widened, under the same revision",
      "update consents set state = 'expired', ended_at = now()",
      "current state of a consent",
    ],
    [
      "attributes were read",
      `insert into attribute_reads (consent_id, person_id, party_id, version, attributes, way, read_at)
       select id, person_id, party_id, 1, '{name}', 'attributes', now() from consents`,
      "read of attributes",
    ],
    [
      "a phone was stopped",
      "insert into frozen_enrolments (enrolment_id) select id from enrolments",
      "stopped phone",
    ],
    [
      "a time that is taken away hides nothing",
      "update consents set state = 'withdrawn', valid_from = '2001-01-01', ended_at = null",
      "current state of a consent",
    ],
  ])("bad/%s", async (_, sql, name) => {
    await book.tamper(sql);
    expect(await found()).toMatchObject({ what: "act", detail: expect.stringContaining(`no line: ${name}`) });
  });

  test("bad/one of two equal acts: the lines are counted", async () => {
    const read = `insert into attribute_reads (consent_id, person_id, party_id, version, attributes, way, read_at)
      select id, person_id, party_id, 1, '{name}', 'attributes', now() from consents`;
    await book.pool.query(
      `insert into audit_lines (act, subject, detail) select 'attributes-disclosed', id,
         jsonb_build_object('partyId', party_id, 'version', 1) from consents`,
    );
    await book.tamper(read);
    expect(await found()).toBeUndefined();
    await book.tamper(read);
    expect(await found()).toMatchObject({ what: "act" });
  });
});

describe("an act that leaves no row elsewhere, as an operator's look at a person, has one of its own", () => {
  test("bad/its fresh line is removed", async () => {
    for (const act of recordedActs) {
      await audit(book.pool, act, "subject", { by: "operator" });
      await unwrite(act);
      expect([act, await found()]).toMatchObject([
        act,
        { what: "act", detail: expect.stringContaining("This has no line: act without another row") },
      ]);
      await book.tamper("delete from recorded_acts");
    }
  });

  test("bad/its row is removed, or says another act: its line misses it", async () => {
    await audit(book.pool, "attributes-revealed", "subject", { by: "operator" });
    await chainAuditLines(book.deps);
    expect(await found()).toBeUndefined();
    const gone = { what: "act", detail: expect.stringContaining("act without another row") };
    await book.tamper("update recorded_acts set act = 'replay-asked'");
    expect(await found()).toMatchObject(gone);
    await book.tamper("delete from recorded_acts");
    expect(await found()).toMatchObject(gone);
  });

  test("ok/lines of before have no row", async () => {
    await book.pool.query(
      `insert into audit_lines (act, subject, detail) values ('attributes-revealed', 'subject', '{"by": "operator"}')`,
    );
    await chainAuditLines(book.deps);
    expect(await found()).toBeUndefined();
  });
});

describe("what came of a change, and what was given, is missed by its lines", () => {
  test("ok/all of it is there", async () => {
    await everythingDone(book, person);
    expect(await found()).toBeUndefined();
  });

  test.each([
    ["notifications", "delete from notifications", "notification"],
    [
      "one that was answered is open again",
      "update notifications set state = 'open'",
      "end of a notification",
    ],
    ["an acknowledgement", "update notifications set acknowledgement = null", "acknowledgement"],
    ["security_events", "delete from security_events", "delivered event"],
    [
      "one of two equal reads",
      "delete from attribute_reads where id = (select min(id) from attribute_reads)",
      "read of attributes",
    ],
    ["certificate_notices", "delete from certificate_notices", "expiry of a certificate"],
    [
      "consent_view_lines",
      "delete from consent_view_lines where number = 2",
      "party views of a change of a consent",
    ],
  ])("bad/%s", async (_, sql, name) => {
    await everythingDone(book, person);
    await book.tamper(sql);
    expect(await found()).toMatchObject({
      what: "act",
      detail: expect.stringContaining(`is missing, and its line exists: ${name} `),
    });
  });
});

describe("a row that is removed or put back is missed by its line", () => {
  test.each([
    ["revocations", "delete from revocations", "revocation"],
    ["certificates", "delete from certificates", "certificate"],
    ["issuance_intents", "delete from issuance_intents", "intent"],
    ["consents", "delete from consents", "revision of a consent"],
    ["blocked_keys", "delete from blocked_keys", "blocked key"],
    ["anchors", "delete from anchors where version = 2", "version of the attribute record"],
    ["evidence", "delete from evidence", "enrolment"],
    ["another certificate in its place", "update certificates set der = 'another'", "certificate's bytes"],
  ])("bad/%s", async (_, sql, name) => {
    await revoked(book, person);
    await chainAuditLines(book.deps);
    await book.tamper(sql);
    expect(await found()).toMatchObject({
      what: "act",
      detail: expect.stringContaining(`is missing, and its line exists: ${name} `),
    });
  });

  test("bad/a revocation that takes effect later than it did, or stands in no list of its certificate", async () => {
    await revoked(book, person);
    await chainAuditLines(book.deps);
    const other = {
      what: "act",
      detail: expect.stringContaining("when a revocation takes effect"),
    };
    for (const sql of [
      "update revocations set effective_at = '2099-01-01'",
      "update revocations set effective_at = effective_at - interval '1 hour', revoked_at = revoked_at - interval '1 hour'",
      "update revocations set crl_shard = crl_shard + 1",
    ]) {
      const before = await book.pool.query("select effective_at, revoked_at, crl_shard from revocations");
      await book.tamper(sql);
      expect([sql, await found()]).toMatchObject([sql, other]);
      const [{ effective_at, revoked_at, crl_shard }] = before.rows as [Record<string, unknown>];
      await book.tamper("update revocations set effective_at = $1, revoked_at = $2, crl_shard = $3", [
        effective_at,
        revoked_at,
        crl_shard,
      ]);
      expect(await found()).toBeUndefined();
    }
  });

  test("ok/a revocation that was brought forward; bad/and one that is put back to the moment of before", async () => {
    const target = { enrolmentId: person.phone.enrolmentId };
    const asked = (digest: string) => ({ target, by: "operator" as const, proof: digest, digest });
    const reason = "affiliationChanged" as const;
    await revoke(book.pool, sealer, { ...asked("window"), reason, windowMs: 86_400_000 });
    const { rows } = await book.pool.query<{ at: Date }>("select effective_at as at from revocations");
    await revoke(book.pool, sealer, { ...asked("now"), reason: "privilegeWithdrawn" });
    await chainAuditLines(book.deps);
    expect(await found()).toBeUndefined();
    await book.tamper("update revocations set effective_at = $1", [rows[0]!.at]);
    expect(await found()).toMatchObject({
      what: "act",
      detail: expect.stringContaining("when a revocation takes effect"),
    });
  });

  test("bad/a consent that was widened, given to another party, or made another person's", async () => {
    const { consentId, personId, partyId } = person;
    const other = await actedPerson(book);
    const line = { act: "grant", source: "device", revision: 1, personId, partyId };
    await audit(book.pool, "consent-changed", consentId, { ...line, attributes: "name,address,dateOfBirth" });
    await chainAuditLines(book.deps);
    expect(await found()).toBeUndefined();
    for (const [column, value] of [
      ["attributes", ["name", "address", "dateOfBirth", "sex"]],
      ["party_id", other.partyId],
      ["person_id", other.personId],
    ] as const) {
      const { rows } = await book.pool.query(`select ${column} as value from consents where id = $1`, [
        consentId,
      ]);
      await book.tamper(`update consents set ${column} = $2 where id = $1`, [consentId, value]);
      expect([column, await found()]).toMatchObject([
        column,
        { what: "act", detail: expect.stringContaining("what a consent covers") },
      ]);
      await book.tamper(`update consents set ${column} = $2 where id = $1`, [consentId, rows[0].value]);
    }
    expect(await found()).toBeUndefined();
  });

  test("bad/a phone that is made another person's", async () => {
    const { phone, partyId, evidenceId } = person;
    const { rows } = await book.pool.query<{ key: string }>(
      "select spki_sha256 as key from enrolments where id = $1",
      [phone.enrolmentId],
    );
    const accepted = { evidenceId, personId: person.personId, partyId, key: rows[0]!.key };
    await audit(book.pool, "application-accepted", phone.enrolmentId, accepted);
    await chainAuditLines(book.deps);
    expect(await found()).toBeUndefined();
    const victim = await actedPerson(book);
    await chainAuditLines(book.deps);
    await book.tamper("update enrolments set person_id = $2 where id = $1", [
      phone.enrolmentId,
      victim.personId,
    ]);
    expect(await found()).toMatchObject({
      what: "act",
      detail: expect.stringContaining("whose an enrolment is"),
    });
  });

  test("bad/what was read is said to be nothing", async () => {
    await everythingDone(book, person);
    await book.tamper("update attribute_reads set attributes = '{}'");
    expect(await found()).toMatchObject({ what: "act", detail: expect.stringContaining("what was read") });
  });

  test("bad/a consent that was withdrawn is as it was before", async () => {
    await book.pool.query(
      `insert into audit_lines (act, subject, detail) values ('consent-changed', $1,
         '{"act": "withdraw", "source": "device", "revision": 2}')`,
      [person.consentId],
    );
    expect(await found()).toMatchObject({
      what: "act",
      detail: expect.stringContaining("revision of a consent"),
    });
  });

  test("bad/an enrolment that ended is active", async () => {
    await book.pool.query(
      `insert into audit_lines (act, subject, detail) values ('enrolment-ended', $1, '{"why": "locked"}')`,
      [person.phone.enrolmentId],
    );
    expect(await found()).toMatchObject({
      what: "act",
      detail: expect.stringContaining("end of an enrolment"),
    });
  });
});

describe("what is published is held against the revocations", () => {
  let scratch: ReturnType<typeof scratchDirectory>;
  let authority: Authority;
  beforeAll(async () => {
    scratch = scratchDirectory();
    const directory = join(scratch.path, "ca");
    authority = (await openAuthorities({ directory, passphrase, development: true })).active;
  });
  afterAll(() => scratch?.remove());
  const publish = async (serials: string[]) => {
    const times = { thisUpdate: new Date(), nextUpdate: new Date(Date.now() + 86_400_000) };
    const entries = serials.map((serial) => ({
      serial,
      revokedAt: new Date(),
      reason: "superseded" as const,
    }));
    const crl = await makeCrl(authority, { number: 1n, ...times, entries: [entries] });
    await insert(book.pool, "crls", {
      generation: "g1",
      crl_shard: 0,
      number: 1,
      der: Buffer.from(crl),
      this_update: times.thisUpdate,
      next_update: times.nextUpdate,
      revocation_mark: "1",
    });
  };

  test("ok/a CRL of what is revoked", async () => {
    await revoked(book, person);
    await chainAuditLines(book.deps);
    await publish([person.serial]);
    expect(await found()).toBeUndefined();
  });

  test("bad/a revocation is deleted with its line, before that is chained, and after it was published", async () => {
    await publish([person.serial]);
    expect(await found()).toMatchObject({ what: "crl", detail: expect.stringContaining(person.serial) });
  });
});

describe("nothing that the database says for itself hides what is there", () => {
  test("bad/a schema that is put before ours, with a log of its own and another jsonb_build_array", async () => {
    await book.tamper("update audit_lines set subject = 'another' where act = 'issuance-intended'");
    await book.pool.query(`create schema shadow;
      create table shadow.audit_lines as select * from public.audit_lines;
      create table shadow.revocations (like public.revocations);
      create function public.jsonb_build_array(bigint, text, text, text, jsonb) returns jsonb language sql
        as $$ select pg_catalog.jsonb_build_array($1, $2, $3, 'hidden', $5) $$;
      create function shadow.encode(bytea, text) returns text language sql as $$ select 'hidden' $$;
      do $do$ begin
        execute format('alter database %I set search_path = shadow, public, pg_catalog', current_database());
      end $do$`);
    const again = openDatabase(book.pool.options.connectionString ?? "");
    try {
      expect((await again.query("show search_path")).rows).toEqual([{ search_path: "public,pg_temp" }]);
    } finally {
      await again.end();
    }
    expect(await found()).toMatchObject({ what: "edited" });
  });

  test("bad/a view in a table's place", async () => {
    await book.pool.query(`alter table revocations rename to kept;
      create view revocations as select * from kept`);
    expect(await found()).toMatchObject({
      what: "table",
      detail: expect.stringContaining("public.revocations"),
    });
  });

  test("bad/rows that a policy hides", async () => {
    await book.pool.query("alter table revocations enable row level security");
    expect(await found()).toMatchObject({
      what: "table",
      detail: expect.stringContaining("public.revocations"),
    });
  });
});
