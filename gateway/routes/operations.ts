import type { FastifyInstance } from "fastify";
import { isPassing } from "../../client/engine/passing.ts";
import { operatorsWindowMs } from "../../domain/certificate/effective-times.ts";
import { revoke } from "../../domain/certificate/revoking.ts";
import { stopApplied } from "../../domain/certificate/stopping.ts";
import { Refusal } from "../../domain/refusal.ts";
import { checkApprovals } from "../../protocol/approval.ts";
import { sha256, utf8 } from "../../protocol/encoding.ts";
import {
  approvalSeconds,
  type Operation,
  type OperationDone,
  operation,
  operationRequest,
} from "../../protocol/operation.ts";
import { audit } from "../../registry/audit/lines.ts";
import { addCampaign, hasIssued } from "../../registry/certificate/campaigns.ts";
import { findRevocationRequest, type RevocationTarget } from "../../registry/certificate/revocations.ts";
import { lockStopsOf } from "../../registry/certificate/stops.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import { findEnrolment } from "../../registry/issuance/enrolments.ts";
import { malformed } from "../intake/open-envelope.ts";
import { proven } from "../limits/door.ts";
import { signalCertificates } from "../signal-certificates.ts";
import { type Approved, noEnrolment, notApproved, type OperationDeps } from "./operation-deps.ts";
import { closeErasure, stopPerson, withdrawConsents } from "./person-operations.ts";

/**
 * `POST /v1/operations`: what operators do together. Each has signed the very text that is carried out, and fewer than
 * the rule asks for do nothing.
 */
export function operationsRoute(server: FastifyInstance, deps: OperationDeps): void {
  server.post("/v1/operations", proven, async (request): Promise<OperationDone> => {
    const body = operationRequest.safeParse(request.body);
    if (!body.success) throw malformed("The body is not an operation with its approvals", body.error);
    return operate(deps, body.data);
  });
}

/** Carries out what enough operators approved. The same again does it once. */
export async function operate(
  deps: OperationDeps,
  { statement, approvals }: { statement: string; approvals: string[] },
): Promise<OperationDone> {
  const approved = await requireApproval(deps, statement, approvals);
  return carryOut(deps, { ...approved, statement, approvals });
}

async function requireApproval(
  { operatorRule, clock, issuer }: OperationDeps,
  statement: string,
  approvals: readonly string[],
): Promise<{ asked: Operation; approvers: string[] }> {
  if (!operatorRule) throw notApproved("This CA has no operators configured: nobody may do this here.");
  const verdict = await checkApprovals(statement, approvals, {
    ...operatorRule,
    now: clock(),
    maxAgeSeconds: approvalSeconds,
  });
  if (!verdict.ok) throw notApproved(verdict.why);
  const read = operation.safeParse(json(statement));
  if (!read.success) throw malformed("The statement is not an operation", read.error);
  if (read.data.issuer !== issuer) throw notApproved("The operation was approved for another CA.");
  return { asked: read.data, approvers: verdict.approvers };
}

async function carryOut(
  deps: OperationDeps,
  { asked, ...approved }: Approved & { asked: Operation },
): Promise<OperationDone> {
  if (asked.act === "revoke") return revokeTarget(deps, asked, approved);
  if (asked.act === "stop-person") return stopPerson(deps, asked, approved);
  if (asked.act === "withdraw-consents") return withdrawConsents(deps, asked, approved);
  if (asked.act === "close-erasure") return closeErasure(deps, asked, approved);
  const { id, generation, perMinute, record } = asked;
  const kind = asked.act === "revoke-generation" ? "revoke" : "replace";
  const reason = asked.act === "revoke-generation" ? asked.reason : null;
  const { statement, approvals, approvers } = approved;
  const campaign = { id, kind, generation, reason, perMinute, statement, approvals } as const;
  await transaction(deps.pool, async (connection) => {
    if (!(await hasIssued(connection, generation)))
      throw new Refusal({ code: "NOT_FOUND", detail: "No certificate was ever made by this generation." });
    const stored = await addCampaign(connection, campaign);
    if (stored === "another") throw notApproved("Another operation was carried out under this id.");
    if (stored === "new")
      await audit(connection, "campaign-started", id, { kind, generation, record, by: approvers.join() });
  });
  await start(deps, id);
  return { id, campaignId: id };
}

/** The campaign is stored: where Temporal does not answer, the hourly sweep starts it. */
async function start({ certificate, log }: OperationDeps, id: string): Promise<void> {
  try {
    await certificate.startCampaign(id);
  } catch (error) {
    if (!isPassing(error)) throw error;
    log.warn({ campaignId: id }, "a campaign is stored; it starts once Temporal answers");
  }
}

async function revokeTarget(
  deps: OperationDeps,
  { id, target, reason, because, record }: Extract<Operation, { act: "revoke" }>,
  { statement, approvals, approvers }: Approved,
): Promise<OperationDone> {
  const digest = await sha256(utf8(statement));
  const proof = JSON.stringify({ statement, approvals });
  const revoked = await transaction(deps.pool, async (connection) => {
    const whom = await whole(connection, target);
    if ("personId" in whom) {
      await lockStopsOf(connection, whom.personId);
      if (!(await findRevocationRequest(connection, digest))) await stopApplied(connection, whom.personId);
    }
    const windowMs = operatorsWindowMs(reason, because);
    const request = { target: whom, reason, by: "operator", proof, digest, windowMs } as const;
    const { certificates, isNew } = await revoke(connection, deps.sealer, request);
    if (certificates.length === 0)
      throw new Refusal({ code: "NOT_FOUND", detail: "There is no certificate that this could revoke." });
    if (isNew)
      await audit(connection, "operation-approved", id, { act: "revoke", record, by: approvers.join() });
    return certificates;
  });
  await signalCertificates(deps, revoked);
  return { id, serials: revoked.map(({ serial }) => serial) };
}

async function whole(
  connection: Connection,
  target: Extract<Operation, { act: "revoke" }>["target"],
): Promise<RevocationTarget> {
  if (!("personOf" in target)) return target;
  const { personId } = (await findEnrolment(connection, target.personOf)) ?? noEnrolment();
  return { personId };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
