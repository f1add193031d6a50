import { describe, expect, test } from "@jest/globals";
import { revokeCertificates } from "../../../domain/certificate/revoke-certificates.ts";
import { frozenWithoutSuccessor } from "../../../registry/certificate/freezes.ts";
import { isStoppedSince } from "../../../registry/certificate/stops.ts";
import { addPageSession, findPageSession } from "../../../registry/person-page/visits.ts";
import { addPhone, makePerson, sealer } from "../notification/people.ts";
import { insert } from "../notification/postgres.ts";
import { approvalsOf, operate, statementOf } from "./operating.ts";
import {
  delayOf,
  operators,
  post,
  registry,
  serveRevocations,
  statusOf,
  temporal,
} from "./revocation-gateway.ts";

serveRevocations();

describe("operators revoke, stop and withdraw", () => {
  test("ok/a person lost phone and card: two operators approve, and every certificate of the person is revoked", async () => {
    const person = await makePerson(registry.pool);
    const other = await addPhone(registry.pool, person.personId, person.partyId);
    const answer = await operate({ target: { personOf: person.phone.enrolmentId } });
    expect(answer.status).toBe(200);
    expect(answer.body["serials"]).toHaveLength(2);
    expect(await statusOf(other.enrolmentId)).toMatchObject({ by: "operator" });
    const { rows } = await registry.pool.query(
      "select detail from audit_lines where act = 'operation-approved' and subject = $1",
      [answer.body["id"]],
    );
    expect(rows).toEqual([
      {
        detail: {
          act: "revoke",
          record: "case-2026-0042",
          by: operators.map(({ key }) => key.kid).join(),
        },
      },
    ]);
  });

  test("bad/every certificate of a person is revoked: an enrolment under way ends without a certificate", async () => {
    const { personId, partyId, phone } = await makePerson(registry.pool);
    const [applied, evidenceId] = [crypto.randomUUID(), crypto.randomUUID()];
    await insert(registry.pool, "evidence", {
      id: evidenceId,
      enrolment_id: applied,
      application_sha256: "x",
      sealed: "",
    });
    await insert(registry.pool, "applications", { enrolment_id: applied, evidence_id: evidenceId });
    await insert(registry.pool, "enrolments", {
      id: applied,
      person_id: personId,
      party_id: partyId,
      app_id: "app",
      pseudonym: "p",
      spki_sha256: applied,
      state: "applied",
    });
    expect((await operate({ target: { enrolmentId: phone.enrolmentId } })).status).toBe(200);
    const tapped = new Date(Date.now() - 1_000);
    expect(await isStoppedSince(registry.pool, { personId, since: tapped })).toBe(false);
    expect((await operate({ target: { personOf: phone.enrolmentId } })).status).toBe(200);
    const { rows } = await registry.pool.query("select state from enrolments where id = $1", [applied]);
    expect(rows).toEqual([{ state: "ended" }]);
    expect(await isStoppedSince(registry.pool, { personId, since: tapped })).toBe(true);
  });

  test("ok/a person has died: every certificate is revoked, each at its own random moment within the hour", async () => {
    const person = await makePerson(registry.pool);
    const other = await addPhone(registry.pool, person.personId, (await makePerson(registry.pool)).partyId);
    const target = { personOf: person.phone.enrolmentId };
    expect((await operate({ target, because: "death" })).status).toBe(200);
    const delays = await Promise.all([person.phone, other].map(({ enrolmentId }) => delayOf(enrolmentId)));
    expect(new Set(delays).size).toBe(2);
    for (const delay of delays) {
      expect(delay).toBeGreaterThan(0);
      expect(delay).toBeLessThanOrEqual(3_600);
    }
    expect(await statusOf(other.enrolmentId)).toMatchObject({ state: "revoked", by: "operator" });
  });

  test.each([
    ["somebody who asks at a desk", { reason: "cessationOfOperation" }, 0],
    ["a compromise", { reason: "keyCompromise" }, 0],
    ["misuse", { reason: "privilegeWithdrawn" }, 0],
    ["changed attributes", { reason: "affiliationChanged" }, 86_400],
  ] as const)("ok/the window of %s, for whom %o", async (_why, how, most) => {
    const { enrolmentId } = (await makePerson(registry.pool)).phone;
    expect((await operate({ target: { enrolmentId }, ...how })).status).toBe(200);
    const delay = await delayOf(enrolmentId);
    expect(delay).toBeLessThanOrEqual(most);
    expect(delay > 0).toBe(most > 0);
  });

  test("fail/a death with a revocation reason that allows no delay", async () => {
    const { enrolmentId } = (await makePerson(registry.pool)).phone;
    const asked = { target: { enrolmentId }, reason: "keyCompromise", because: "death" } as const;
    expect(await operate(asked)).toMatchObject({ status: 400, body: { code: "MALFORMED_REQUEST" } });
    expect(await statusOf(enrolmentId)).toMatchObject({ state: "active" });
  });

  test("ok/a person who lost their only phone calls: two operators stop every phone, once, and `replace` succeeds them", async () => {
    const person = await makePerson(registry.pool);
    const { personId, partyId, phone } = person;
    const other = await addPhone(registry.pool, personId, partyId);
    const stop = { act: "stop-person", reason: undefined, personOf: phone.enrolmentId } as const;
    expect(await operate(stop, operators.slice(0, 1))).toMatchObject({ status: 403 });
    expect(await statusOf(phone.enrolmentId)).toMatchObject({ state: "active" });
    const statement = statementOf(stop);
    const approvals = await approvalsOf(statement);
    const now = new Date();
    const open = { personId, visitId: crypto.randomUUID(), expiresAt: new Date(now.getTime() + 900_000) };
    await addPageSession(registry.pool, "open page", open, now);
    const done = await post("/v1/operations", { statement, approvals });
    expect(done.status).toBe(200);
    expect(done.body["serials"]).toHaveLength(2);
    expect(await findPageSession(registry.pool, "open page", now)).toBeUndefined();
    for (const { enrolmentId } of [phone, other])
      expect(await statusOf(enrolmentId)).toMatchObject({
        state: "revoked",
        reason: "privilegeWithdrawn",
        by: "operator",
      });
    const stopped = await frozenWithoutSuccessor(registry.pool, personId, partyId);
    expect(stopped.toSorted()).toEqual([phone.enrolmentId, other.enrolmentId].toSorted());
    const later = await addPhone(registry.pool, personId, partyId);
    expect(await post("/v1/operations", { statement, approvals })).toEqual(done);
    expect(await statusOf(later.enrolmentId)).toMatchObject({ state: "active" });
    const { rows } = await registry.pool.query("select 1 from audit_lines where subject = $1", [
      done.body["id"],
    ]);
    expect(rows).toHaveLength(1);
    expect(await operate({ ...stop, personOf: crypto.randomUUID() })).toMatchObject({ status: 404 });
  });

  test("ok/a person calls who cannot withdraw alone: two operators withdraw every consent in force, once", async () => {
    const person = await makePerson(registry.pool);
    const { personId, phone, consentId } = person;
    const other = await makePerson(registry.pool);
    const statement = statementOf({
      act: "withdraw-consents",
      reason: undefined,
      personOf: phone.enrolmentId,
    } as never);
    const approvals = await approvalsOf(statement);
    expect(await post("/v1/operations", { statement, approvals: approvals.slice(0, 1) })).toMatchObject({
      status: 403,
    });
    temporal.isUnavailable = true;
    expect(await post("/v1/operations", { statement, approvals })).toMatchObject({
      status: 503,
      body: { code: "TRY_AGAIN" },
    });
    temporal.isUnavailable = false;
    const id = JSON.parse(statement).id;
    expect(await post("/v1/operations", { statement, approvals })).toMatchObject({
      status: 200,
      body: { id },
    });
    const { rows } = await registry.pool.query(
      `select id, consent_id, person_id, act, source, evidence from consent_changes where source = 'operator'`,
    );
    expect(rows).toMatchObject([{ consent_id: consentId, person_id: personId, act: "withdraw" }]);
    expect(sealer.open(rows[0].evidence, `consent_changes/${rows[0].id}/evidence`).toString()).toBe(
      JSON.stringify({ statement, approvals }),
    );
    expect(temporal.changed).toEqual([rows[0].id]);
    const lines = await registry.pool.query("select detail from audit_lines where subject = $1", [id]);
    expect(lines.rows).toMatchObject([{ detail: { act: "withdraw-consents", consents: 1 } }]);
    expect(await statusOf(phone.enrolmentId)).toMatchObject({ state: "active" });
    await registry.pool.query("update consents set state = 'withdrawn' where id = $1", [consentId]);
    const again = { act: "withdraw-consents", reason: undefined, personOf: phone.enrolmentId } as never;
    expect(await operate(again)).toMatchObject({ status: 404 });
    expect(other.consentId).not.toBe(consentId);
  });

  test("ok/an earlier revocation stays unchanged", async () => {
    const { phone } = await makePerson(registry.pool);
    const { enrolmentId } = phone;
    await revokeCertificates(registry.pool, { enrolmentId }, "keyCompromise", "person");
    expect((await operate({ target: { enrolmentId } })).status).toBe(200);
    expect(await statusOf(enrolmentId)).toMatchObject({ reason: "keyCompromise", by: "person" });
  });
});
