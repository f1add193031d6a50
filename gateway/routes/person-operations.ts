import { stopPhones } from "../../domain/certificate/stopping.ts";
import { Refusal } from "../../domain/refusal.ts";
import { sha256, utf8 } from "../../protocol/encoding.ts";
import type { Operation, OperationDone } from "../../protocol/operation.ts";
import { audit } from "../../registry/audit/lines.ts";
import { findRevocationRequest } from "../../registry/certificate/revocations.ts";
import { lockStopsOf } from "../../registry/certificate/stops.ts";
import { addConsentChange, findChangesOfPerson } from "../../registry/consent/changes.ts";
import { consentsInForceOf, lockSubject } from "../../registry/consent/consents.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import { findEnrolment } from "../../registry/issuance/enrolments.ts";
import { closeErasure as close, lockErasure } from "../../registry/person-page/erasure.ts";
import { signalCertificates } from "../signal-certificates.ts";
import { type Approved, noEnrolment, type OperationDeps } from "./operation-deps.ts";

type Asked<Act extends Operation["act"]> = Extract<Operation, { act: Act }>;

/** The person whose enrolment is named, held against every other stop of theirs until the transaction ends. */
async function lockPersonOf(connection: Connection, enrolmentId: string): Promise<string> {
  const { personId } = (await findEnrolment(connection, enrolmentId)) ?? noEnrolment();
  await lockStopsOf(connection, personId);
  return personId;
}

/** For who calls without a phone: the same as "stop all phones" on the CA's own page. */
export async function stopPerson(
  deps: OperationDeps,
  { id, personOf, record }: Asked<"stop-person">,
  { statement, approvals, approvers }: Approved,
): Promise<OperationDone> {
  const digest = await sha256(utf8(statement));
  const proof = JSON.stringify({ statement, approvals });
  const revoked = await transaction(deps.pool, async (connection) => {
    const personId = await lockPersonOf(connection, personOf);
    const isNew = (await findRevocationRequest(connection, digest)) === undefined;
    const stop = { personId, by: "operator", proof, digest } as const;
    const certificates = await stopPhones(connection, deps.sealer, stop);
    if (isNew)
      await audit(connection, "operation-approved", id, {
        act: "stop-person",
        record,
        by: approvers.join(),
      });
    return certificates;
  });
  await signalCertificates(deps, revoked);
  return { id, serials: revoked.map(({ serial }) => serial) };
}

/**
 * For who calls and cannot withdraw by themselves: every consent of the person that is in force now, each as a change of its own
 * whose evidence is what was approved. Sent again it brings what was not decided yet, and leaves alone what was given since.
 */
export async function withdrawConsents(
  deps: OperationDeps,
  { id, personOf, record }: Asked<"withdraw-consents">,
  { statement, approvals, approvers }: Approved,
): Promise<OperationDone> {
  const digest = await sha256(utf8(statement));
  const evidence = { sealer: deps.sealer, signed: JSON.stringify({ statement, approvals }) };
  const changes = await transaction(deps.pool, async (connection) => {
    const personId = await lockPersonOf(connection, personOf);
    const earlier = await findChangesOfPerson(connection, personId, digest);
    if (earlier.length > 0) return earlier;
    const stored = [];
    for (const consent of await consentsInForceOf(connection, personId)) {
      await lockSubject(connection, consent);
      const { id: consentId, kind, partyId, linkId, attributes } = consent;
      const change = { consentId, personId, kind, partyId, linkId, attributes, digest };
      const asked = { ...change, act: "withdraw", source: "operator", receivedAt: deps.clock() } as const;
      stored.push({ consentId, id: await addConsentChange(connection, asked, evidence) });
    }
    if (stored.length === 0)
      throw new Refusal({ code: "NOT_FOUND", detail: "The person has no consent in force." });
    await audit(connection, "operation-approved", id, {
      act: "withdraw-consents",
      record,
      consents: stored.length,
      by: approvers.join(),
    });
    return stored;
  });
  // One that has ended meanwhile is refused, and is what was asked for.
  for (const { consentId, id: changeId } of changes) {
    const { kind } = await deps.consent.change({ consentId, changeId }, deps.answerMs);
    if (kind === "unanswered")
      throw new Refusal({
        code: "TRY_AGAIN",
        detail: "The withdrawals are stored, and not all have taken effect: send the same operation again.",
      });
  }
  return { id };
}

/** Says what became of a request for erasure; the person reads it on the CA's own page. */
export async function closeErasure(
  { pool, sealer, clock }: OperationDeps,
  { id, erasure, outcome, reason, record }: Asked<"close-erasure">,
  { statement, approvals, approvers }: Approved,
): Promise<OperationDone> {
  await transaction(pool, async (connection) => {
    const asked = await lockErasure(connection, erasure);
    if (asked?.operationId === id) return;
    if (asked?.state !== "open")
      throw new Refusal({ code: "NOT_FOUND", detail: "No request for erasure of this id is open." });
    const proof = JSON.stringify({ statement, approvals });
    const closed = { id: erasure, state: outcome, reason: reason ?? null, operationId: id, now: clock() };
    await close(connection, sealer, { ...closed, proof });
    const by = approvers.join();
    await audit(connection, "operation-approved", id, { act: "close-erasure", record, by });
    if (outcome === "done") await audit(connection, "erasure-done", erasure, { by, record });
    else await audit(connection, "erasure-declined", erasure, { by, record, reason: reason ?? "" });
  });
  return { id };
}
