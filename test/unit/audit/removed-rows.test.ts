import { describe, expect, test } from "@jest/globals";
import { chainAuditLines } from "../../../activities/audit/sequencer.ts";
import { revoke } from "../../../domain/certificate/revoking.ts";
import { audit } from "../../../registry/audit/lines.ts";
import { sealer } from "../notification/people.ts";
import { actedPerson, everythingDone, revoked } from "./acted.ts";
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
    ["certificate_notices", "delete from certificate_notices", "expiry of a certificate"],
    [
      "consent_view_lines",
      "delete from consent_view_lines where number = 2",
      "party views of a change of a consent",
    ],
  ])("bad/%s", async (_, sql, name) => {
    await everythingDone(audited, person);
    await audited.tamper(sql);
    expect(await found()).toMatchObject({
      what: "act",
      detail: expect.stringContaining(`is missing, and its line exists: ${name} `),
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
    ["anchors", "delete from anchors where version = 2", "version of the attribute record"],
    ["evidence", "delete from evidence", "enrolment"],
    ["another certificate in its place", "update certificates set der = 'another'", "certificate's bytes"],
  ])("bad/%s", async (_, sql, name) => {
    await revoked(audited, person);
    await chainAuditLines(audited.deps);
    await audited.tamper(sql);
    expect(await found()).toMatchObject({
      what: "act",
      detail: expect.stringContaining(`is missing, and its line exists: ${name} `),
    });
  });

  test("bad/a revocation whose effective time or CRL shard was changed", async () => {
    await revoked(audited, person);
    await chainAuditLines(audited.deps);
    const other = {
      what: "act",
      detail: expect.stringContaining("effective time of a revocation"),
    };
    for (const sql of [
      "update revocations set effective_at = '2099-01-01'",
      "update revocations set effective_at = effective_at - interval '1 hour', revoked_at = revoked_at - interval '1 hour'",
      "update revocations set crl_shard = crl_shard + 1",
    ]) {
      const before = await audited.pool.query("select effective_at, revoked_at, crl_shard from revocations");
      await audited.tamper(sql);
      expect([sql, await found()]).toMatchObject([sql, other]);
      const [{ effective_at, revoked_at, crl_shard }] = before.rows as [Record<string, unknown>];
      await audited.tamper("update revocations set effective_at = $1, revoked_at = $2, crl_shard = $3", [
        effective_at,
        revoked_at,
        crl_shard,
      ]);
      expect(await found()).toBeUndefined();
    }
  });

  test("ok/a revocation that was brought forward; bad/one set back to its earlier effective time", async () => {
    const target = { enrolmentId: person.phone.enrolmentId };
    const asked = (digest: string) => ({ target, by: "operator" as const, proof: digest, digest });
    const reason = "affiliationChanged" as const;
    await revoke(audited.pool, sealer, { ...asked("window"), reason, windowMs: 86_400_000 });
    const { rows } = await audited.pool.query<{ at: Date }>("select effective_at as at from revocations");
    await revoke(audited.pool, sealer, { ...asked("now"), reason: "privilegeWithdrawn" });
    await chainAuditLines(audited.deps);
    expect(await found()).toBeUndefined();
    await audited.tamper("update revocations set effective_at = $1", [rows[0]!.at]);
    expect(await found()).toMatchObject({
      what: "act",
      detail: expect.stringContaining("effective time of a revocation"),
    });
  });

  test("bad/a consent that was widened, or moved to another party or person", async () => {
    const { consentId, personId, partyId } = person;
    const other = await actedPerson(audited);
    const line = { act: "grant", source: "device", revision: 1, personId, partyId };
    await audit(audited.pool, "consent-changed", consentId, {
      ...line,
      attributes: "name,address,dateOfBirth",
    });
    await chainAuditLines(audited.deps);
    expect(await found()).toBeUndefined();
    for (const [column, value] of [
      ["attributes", ["name", "address", "dateOfBirth", "sex"]],
      ["party_id", other.partyId],
      ["person_id", other.personId],
    ] as const) {
      const { rows } = await audited.pool.query(`select ${column} as value from consents where id = $1`, [
        consentId,
      ]);
      await audited.tamper(`update consents set ${column} = $2 where id = $1`, [consentId, value]);
      expect([column, await found()]).toMatchObject([
        column,
        { what: "act", detail: expect.stringContaining("scope of a consent") },
      ]);
      await audited.tamper(`update consents set ${column} = $2 where id = $1`, [consentId, rows[0].value]);
    }
    expect(await found()).toBeUndefined();
  });

  test("bad/an enrolment moved to another person", async () => {
    const { phone, partyId, evidenceId } = person;
    const { rows } = await audited.pool.query<{ key: string }>(
      "select spki_sha256 as key from enrolments where id = $1",
      [phone.enrolmentId],
    );
    const accepted = { evidenceId, personId: person.personId, partyId, key: rows[0]!.key };
    await audit(audited.pool, "application-accepted", phone.enrolmentId, accepted);
    await chainAuditLines(audited.deps);
    expect(await found()).toBeUndefined();
    const victim = await actedPerson(audited);
    await chainAuditLines(audited.deps);
    await audited.tamper("update enrolments set person_id = $2 where id = $1", [
      phone.enrolmentId,
      victim.personId,
    ]);
    expect(await found()).toMatchObject({
      what: "act",
      detail: expect.stringContaining("owner of an enrolment"),
    });
  });

  test("bad/the attributes of a read were emptied", async () => {
    await everythingDone(audited, person);
    await audited.tamper("update attribute_reads set attributes = '{}'");
    expect(await found()).toMatchObject({ what: "act", detail: expect.stringContaining("attributes read") });
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
