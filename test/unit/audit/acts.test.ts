import { describe, expect, test } from "@jest/globals";
import { chainAuditLines } from "../../../activities/audit/sequencer.ts";
import { tablesWithoutLine } from "../../../domain/audit/unpaired.ts";
import { audit, recordedActs } from "../../../registry/audit/lines.ts";
import { type Pair, pairs } from "../../../registry/audit/pairs.ts";
import { revoked } from "./acted.ts";
import { audited, found, openLogForEachTest, person, unwrite } from "./acts-log.ts";

openLogForEachTest();

test("ok/rows and lines that belong together", async () => {
  await revoked(audited, person);
  await chainAuditLines(audited.deps);
  expect(await found()).toBeUndefined();
});

test("ok/every table is paired with audit lines, or listed with the reason why not", async () => {
  const { rows } = await audited.pool.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' order by 1",
  );
  const paired = new Set((pairs as readonly Pair[]).flatMap(({ tables }) => tables));
  const excused = Object.keys(tablesWithoutLine);
  expect([...new Set([...paired, ...excused])].toSorted()).toEqual(rows.map(({ name }) => name));
  expect(excused.filter((name) => paired.has(name))).toEqual([]);
});

describe("a line removed before it is chained is detected by the act's own row", () => {
  test.each([
    ["certificate-revoked", "revocation"],
    ["revocation-requested", "revocation request"],
    ["key-blocked", "blocked key"],
  ])("bad/%s", async (act, name) => {
    await revoked(audited, person);
    await unwrite(act);
    await chainAuditLines(audited.deps);
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
      "a removed time hides nothing",
      "update consents set state = 'withdrawn', valid_from = '2001-01-01', ended_at = null",
      "current state of a consent",
    ],
  ])("bad/%s", async (_, sql, name) => {
    await audited.tamper(sql);
    expect(await found()).toMatchObject({ what: "act", detail: expect.stringContaining(`no line: ${name}`) });
  });

  test("bad/one of two equal acts: the lines are counted", async () => {
    const read = `insert into attribute_reads (consent_id, person_id, party_id, version, attributes, way, read_at)
      select id, person_id, party_id, 1, '{name}', 'attributes', now() from consents`;
    await audited.pool.query(
      `insert into audit_lines (act, subject, detail) select 'attributes-disclosed', id,
         jsonb_build_object('partyId', party_id, 'version', 1) from consents`,
    );
    await audited.tamper(read);
    expect(await found()).toBeUndefined();
    await audited.tamper(read);
    expect(await found()).toMatchObject({ what: "act" });
  });
});

describe("an act without another row, such as an operator's look at a person, has a row of its own", () => {
  test("bad/its line is removed before it is chained", async () => {
    for (const act of recordedActs) {
      await audit(audited.pool, act, "subject", { by: "operator" });
      await unwrite(act);
      expect([act, await found()]).toMatchObject([
        act,
        { what: "act", detail: expect.stringContaining("This has no line: act without another row") },
      ]);
      await audited.tamper("delete from recorded_acts");
    }
  });

  test("bad/its row is removed or names another act: its line detects it", async () => {
    await audit(audited.pool, "attributes-revealed", "subject", { by: "operator" });
    await chainAuditLines(audited.deps);
    expect(await found()).toBeUndefined();
    const gone = { what: "act", detail: expect.stringContaining("act without another row") };
    await audited.tamper("update recorded_acts set act = 'replay-asked'");
    expect(await found()).toMatchObject(gone);
    await audited.tamper("delete from recorded_acts");
    expect(await found()).toMatchObject(gone);
  });

  test("ok/lines of the previous version have no row", async () => {
    await audited.pool.query(
      `insert into audit_lines (act, subject, detail) values ('attributes-revealed', 'subject', '{"by": "operator"}')`,
    );
    await chainAuditLines(audited.deps);
    expect(await found()).toBeUndefined();
  });
});
