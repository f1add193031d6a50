import { describe, expect, test } from "@jest/globals";
import { chainAuditLines } from "../../../activities/audit/sequencer.ts";
import { everythingDone, revoked } from "./acted.ts";
import { audited, found, openLogForEachTest, person } from "./acts-log.ts";

openLogForEachTest();

describe("a removed outcome of a change or disclosure is detected by its line", () => {
  test("ok/all rows are there", async () => {
    await everythingDone(audited, person);
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
    ["certificate_notices", "delete from certificate_notices", "end of a certificate's term"],
    [
      "consent_view_lines",
      "delete from consent_view_lines where number = 2",
      "what parties are shown of a change of a consent",
    ],
  ])("bad/%s", async (_, sql, name) => {
    await everythingDone(audited, person);
    await audited.tamper(sql);
    expect(await found()).toMatchObject({
      what: "act",
      detail: expect.stringContaining(`is gone, and its line is there: ${name} `),
    });
  });
});

describe("a row removed or restored to an earlier state is detected by its line", () => {
  test.each([
    ["revocations", "delete from revocations", "revocation"],
    ["certificates", "delete from certificates", "certificate"],
    ["issuance_intents", "delete from issuance_intents", "intent"],
    ["consents", "delete from consents", "revision of a consent"],
    ["blocked_keys", "delete from blocked_keys", "blocked key"],
    ["anchors", "delete from anchors where version = 2", "version of the record"],
    ["evidence", "delete from evidence", "enrolment"],
    ["another certificate in its place", "update certificates set der = 'another'", "certificate's bytes"],
  ])("bad/%s", async (_, sql, name) => {
    await revoked(audited, person);
    await chainAuditLines(audited.deps);
    await audited.tamper(sql);
    expect(await found()).toMatchObject({
      what: "act",
      detail: expect.stringContaining(`is gone, and its line is there: ${name} `),
    });
  });

  test("bad/a withdrawn consent is restored", async () => {
    await audited.pool.query(
      `insert into audit_lines (act, subject, detail) values ('consent-changed', $1,
         '{"act": "withdraw", "source": "device", "revision": 2}')`,
      [person.consentId],
    );
    expect(await found()).toMatchObject({
      what: "act",
      detail: expect.stringContaining("revision of a consent"),
    });
  });

  test("bad/an ended enrolment is active again", async () => {
    await audited.pool.query(
      `insert into audit_lines (act, subject, detail) values ('enrolment-ended', $1, '{"why": "locked"}')`,
      [person.phone.enrolmentId],
    );
    expect(await found()).toMatchObject({
      what: "act",
      detail: expect.stringContaining("end of an enrolment"),
    });
  });
});
