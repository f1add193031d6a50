import { sha256, utf8 } from "../../protocol/encoding.ts";
import type { Operation } from "../../protocol/operation.ts";
import { audit } from "../../registry/audit/lines.ts";
import { addCampaign, hasIssued } from "../../registry/certificate/campaigns.ts";
import {
  findRevocationRequest,
  type RevocationTarget,
  type RevokedCertificate,
} from "../../registry/certificate/revocations.ts";
import { lockStopsOf } from "../../registry/certificate/stops.ts";
import type { Connection } from "../../registry/database.ts";
import { findEnrolment } from "../../registry/issuance/enrolments.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { type Approved, notApproved } from "../operation/approving.ts";
import { Refusal } from "../refusal.ts";
import { operatorsWindowMs } from "./effective-times.ts";
import { revoke } from "./revoking.ts";
import { stopApplied, stopPhones } from "./stopping.ts";

type Asked<Act extends Operation["act"]> = Extract<Operation, { act: Act }>;

/**
 * Revokes what operators have approved, in the caller's transaction. Revoking everything of a person also ends their
 * pending applications.
 * @throws Refusal NOT_FOUND
 */
export async function revokeApproved(
  connection: Connection,
  sealer: Sealer,
  { id, target, reason, because, record }: Asked<"revoke">,
  approved: Approved,
): Promise<RevokedCertificate[]> {
  const { proof, digest, by } = await proofOf(approved);
  const whom = await whole(connection, target);
  if ("personId" in whom) {
    await lockStopsOf(connection, whom.personId);
    if (!(await findRevocationRequest(connection, digest))) await stopApplied(connection, whom.personId);
  }
  const windowMs = operatorsWindowMs(reason, because);
  const request = { target: whom, reason, by: "operator", proof, digest, windowMs } as const;
  const { certificates, isNew } = await revoke(connection, sealer, request);
  if (certificates.length === 0)
    throw new Refusal({ code: "NOT_FOUND", detail: "There is no certificate to revoke." });
  if (isNew) await audit(connection, "operation-approved", id, { act: "revoke", record, by });
  return certificates;
}

/**
 * Stops every phone of a person who calls without one, in the caller's transaction: the same act as "stop all phones"
 * on the person page.
 * @throws Refusal NOT_FOUND
 */
export async function stopPersonApproved(
  connection: Connection,
  sealer: Sealer,
  { id, personOf, record }: Asked<"stop-person">,
  approved: Approved,
): Promise<RevokedCertificate[]> {
  const { proof, digest, by } = await proofOf(approved);
  const personId = await lockPersonOf(connection, personOf);
  const isNew = (await findRevocationRequest(connection, digest)) === undefined;
  const certificates = await stopPhones(connection, sealer, { personId, by: "operator", proof, digest });
  if (isNew) await audit(connection, "operation-approved", id, { act: "stop-person", record, by });
  return certificates;
}

/**
 * Stores a campaign over a generation of the CA once, in the caller's transaction; its workflow carries it out.
 * @throws Refusal NOT_FOUND, OPERATION_NOT_APPROVED
 */
export async function storeCampaign(
  connection: Connection,
  asked: Asked<"revoke-generation" | "replace-generation">,
  { statement, approvals, approvers }: Approved,
): Promise<void> {
  const { id, generation, perMinute, record } = asked;
  const kind = asked.act === "revoke-generation" ? "revoke" : "replace";
  const reason = asked.act === "revoke-generation" ? asked.reason : null;
  if (!(await hasIssued(connection, generation)))
    throw new Refusal({ code: "NOT_FOUND", detail: "This generation has issued no certificate." });
  const campaign = { id, kind, generation, reason, perMinute, statement, approvals } as const;
  const stored = await addCampaign(connection, campaign);
  if (stored === "another") throw notApproved("Another operation was carried out under this id.");
  if (stored === "new")
    await audit(connection, "campaign-started", id, { kind, generation, record, by: approvers.join() });
}

/** The person of the named enrolment, locked against concurrent stops until the transaction ends. */
export async function lockPersonOf(connection: Connection, enrolmentId: string): Promise<string> {
  const personId = await personOf(connection, enrolmentId);
  await lockStopsOf(connection, personId);
  return personId;
}

async function personOf(connection: Connection, enrolmentId: string): Promise<string> {
  const enrolment = await findEnrolment(connection, enrolmentId);
  if (enrolment) return enrolment.personId;
  throw new Refusal({ code: "NOT_FOUND", detail: "There is no enrolment of this id." });
}

async function whole(connection: Connection, target: Asked<"revoke">["target"]): Promise<RevocationTarget> {
  return "personOf" in target ? { personId: await personOf(connection, target.personOf) } : target;
}

/** The evidence of the operators' approval, stored sealed under the digest of what they approved. */
async function proofOf({ statement, approvals, approvers }: Approved) {
  const proof = JSON.stringify({ statement, approvals });
  return { proof, digest: await sha256(utf8(statement)), by: approvers.join() };
}
