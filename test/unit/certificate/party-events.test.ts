import { randomUUID } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { pendingEnrolmentEvents } from "../../../domain/certificate/credential-change.ts";
import { revoke } from "../../../domain/certificate/revoking.ts";
import { stopPhones } from "../../../domain/certificate/stopping.ts";
import { eventTypes } from "../../../protocol/events.ts";
import { revocationReason } from "../../../protocol/revocation.ts";
import { storeFrozen } from "../../../registry/certificate/freezes.ts";
import { transaction } from "../../../registry/database.ts";
import { createStream } from "../../../registry/notification/streams.ts";
import { makePerson, sealer } from "../notification/people.ts";
import { acceptedApplication } from "./accepted-application.ts";
import { playSigning, registry, signing } from "./signing-world.ts";

/** What a party hears of its persons' phones (CAEP 1.0, RISC 1.0). */

playSigning();

const { credentialChange, sessionRevoked, credentialCompromise, accountDisabled, accountEnabled } =
  eventTypes;

const listen = (partyId: string, eventsRequested: string[] = Object.values(eventTypes)) =>
  createStream(registry.pool, sealer, partyId, { method: "poll", alg: "ES256", eventsRequested });

interface SentEvent {
  event: string;
  claims: Record<string, unknown>;
  txn: string;
  subject: string;
}
/** All events of an enrolment, in order; all are due. */
async function sentEventsOf(enrolmentId: string): Promise<SentEvent[]> {
  const { rows } = await registry.pool.query<SentEvent & { jti: string }>(
    "select jti, event, claims, txn, subject from security_events where enrolment_id = $1 order by position",
    [enrolmentId],
  );
  const due = await pendingEnrolmentEvents(registry.pool, enrolmentId, new Date());
  expect(due).toEqual(rows.map(({ jti }) => jti));
  return rows.map(({ event, claims, txn, subject }) => ({ event, claims, txn, subject }));
}
const changed = (change_type: string) => ({
  event: credentialChange,
  claims: {
    credential_type: "x509",
    change_type,
    reason_admin: { en: expect.any(String), ja: expect.any(String) },
  },
});

const partyOf = async (enrolmentId: string): Promise<string> =>
  (await registry.pool.query("select party_id from enrolments where id = $1", [enrolmentId])).rows[0]
    .party_id;

/** An application that is about to be issued, in the place of another enrolment if there is one. */
async function issued(replaces?: { stopped: boolean }): Promise<SentEvent[]> {
  const { enrolmentId, activationId, personId } = await acceptedApplication(registry.pool);
  const partyId = await partyOf(enrolmentId);
  await listen(partyId);
  if (replaces) {
    const { phone } = await makePerson(registry.pool, { partyId });
    await registry.pool.query("update enrolments set person_id = $2, state = $3 where id = $1", [
      phone.enrolmentId,
      personId,
      replaces.stopped ? "revoked" : "active",
    ]);
    if (replaces.stopped) await storeFrozen(registry.pool, phone.enrolmentId, null);
    await registry.pool.query("update enrolments set replaces = $2 where id = $1", [
      enrolmentId,
      phone.enrolmentId,
    ]);
  }
  expect(await signing().issue({ activationId })).toMatchObject({ kind: "issued" });
  return sentEventsOf(enrolmentId);
}

describe("an issued certificate", () => {
  test("ok/of a phone that replaces none the party's own app knows: no event", async () => {
    expect(await issued()).toEqual([]);
  });

  test("ok/CAEP 1.0 §3.3: update for one in the place of another", async () => {
    expect(await issued({ stopped: false })).toMatchObject([changed("update")]);
  });

  test("ok/RISC 1.0 §2.4: account-enabled too where that other one had been stopped; one occurrence, one txn", async () => {
    const told = await issued({ stopped: true });
    expect(told).toMatchObject([changed("update"), { event: accountEnabled, claims: {} }]);
    expect(new Set(told.map(({ txn }) => txn)).size).toBe(1);
  });
});

describe("a revocation", () => {
  const revoked = async (reason: (typeof revocationReason)["options"][number], requested?: string[]) => {
    const { phone, partyId } = await makePerson(registry.pool);
    await listen(partyId, requested);
    const target = { enrolmentId: phone.enrolmentId };
    const request = { target, reason, by: "operator", proof: "proof", digest: randomUUID() } as const;
    await transaction(registry.pool, (connection) => revoke(connection, sealer, request));
    return sentEventsOf(phone.enrolmentId);
  };

  test.each(revocationReason.options.filter((reason) => reason !== "keyCompromise"))(
    "ok/for %s: the same two events whatever the reason, which is in none of them",
    async (reason) => {
      const told = await revoked(reason);
      expect(told).toMatchObject([
        changed("revoke"),
        { event: sessionRevoked, claims: { reason_admin: expect.anything() } },
      ]);
      expect(new Set(told.map(({ txn }) => txn)).size).toBe(1);
      expect(JSON.stringify(told)).not.toContain(reason);
    },
  );

  test("ok/RISC 1.0 §2.7: for keyCompromise, which our CRL has too, credential-compromise", async () => {
    expect(await revoked("keyCompromise")).toMatchObject([
      changed("revoke"),
      { event: sessionRevoked },
      { event: credentialCompromise, claims: { credential_type: "x509" } },
    ]);
  });

  test("ok/RISC 1.0 §2.3: phones that the person has stopped: account-disabled", async () => {
    const { phone, partyId, personId } = await makePerson(registry.pool);
    await listen(partyId);
    const stop = { personId, by: "person", proof: "proof", digest: randomUUID() } as const;
    await transaction(registry.pool, (connection) => stopPhones(connection, sealer, stop));
    expect(await sentEventsOf(phone.enrolmentId)).toMatchObject([
      changed("revoke"),
      { event: sessionRevoked },
      { event: accountDisabled, claims: {} },
    ]);
  });

  test("fail/a party hears nothing that it has not requested", async () => {
    expect(await revoked("keyCompromise", [sessionRevoked])).toMatchObject([{ event: sessionRevoked }]);
    expect(await revoked("keyCompromise", [])).toEqual([]);
  });
});
