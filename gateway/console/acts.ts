import type { FastifyInstance } from "fastify";
import { decodeProtectedHeader } from "jose";
import * as z from "zod";
import { isPassing } from "../../client/engine/passing.ts";
import { Refusal } from "../../domain/refusal.ts";
import { checkApprovals } from "../../protocol/approval.ts";
import { approvalSeconds, operation } from "../../protocol/operation.ts";
import { readAttributeRecord } from "../../registry/attribute-record/records.ts";
import { audit } from "../../registry/audit/lines.ts";
import {
  addApproval,
  addProposal,
  finishProposal,
  lockProposal,
  openProposals,
} from "../../registry/console/proposals.ts";
import { transaction } from "../../registry/database.ts";
import { findSecurityEvent } from "../../registry/notification/security-events.ts";
import { operate } from "../routes/operations.ts";
import type { ConsoleDeps } from "./console.ts";
import { read } from "./query.ts";
import { requirePermission } from "./session.ts";

/** Why somebody looks: a closed list and a case number, so that the audit log holds nobody's data. */
const reveal = z.strictObject({
  reason: z.enum(["person-asked", "complaint", "incident", "authority"]),
  record: z.string().regex(/^[\x21-\x7e]{1,120}$/),
});
const byId = z.object({ id: z.uuid() });

/** What operators do, below `/console/api`: each act leaves its line in the audit log with its doer. */
export function actRoutes(server: FastifyInstance, deps: ConsoleDeps): void {
  server.post("/console/api/persons/:id/reveal", async (request) => {
    const { operator: by } = await requirePermission(deps, request, "reveal");
    const { id } = read(byId, request.params);
    const why = read(reveal, request.body);
    // The line is stored before anything is shown.
    return transaction(deps.pool, async (connection) => {
      const anchor = await readAttributeRecord(connection, deps.sealer, id);
      if (!anchor) throw notFound("person");
      await audit(connection, "attributes-revealed", id, { by, ...why, version: anchor.version });
      const { name, address, dateOfBirth, sex } = anchor.attributes;
      return { version: anchor.version, provenAt: anchor.provenAt, name, address, dateOfBirth, sex };
    });
  });

  server.post("/console/api/deliveries/:id/replay", async (request) => {
    const { operator: by } = await requirePermission(deps, request, "replay");
    const { id } = read(byId, request.params);
    const event = await findSecurityEvent(deps.pool, id);
    if (!event || (event.state !== "dead-lettered" && event.state !== "pending"))
      throw notFound("delivery that waits");
    await audit(deps.pool, "replay-asked", id, { by });
    try {
      await deps.notification.transmit(id);
    } catch (error) {
      if (!isPassing(error)) throw error;
      throw new Refusal({ code: "TRY_AGAIN", detail: "Temporal is not answering." });
    }
    return { id };
  });

  server.get("/console/api/operations", async (request) => {
    await requirePermission(deps, request, "view");
    const proposals = await openProposals(deps.pool);
    return {
      issuer: deps.issuer,
      needed: deps.operatorRule?.needed ?? null,
      rows: proposals.map(({ approvals, ...proposal }) => ({
        ...proposal,
        approvedBy: approvals.map(({ operator }) => operator),
      })),
    };
  });

  server.post("/console/api/operations", async (request) => {
    const { operator: proposedBy } = await requirePermission(deps, request, "propose");
    const { statement } = read(z.strictObject({ statement: z.string().max(4_096) }), request.body);
    const { id, act, record, issuer } = read(operation, json(statement));
    if (issuer !== deps.issuer) throw notApproved("The operation names another CA.");
    await transaction(deps.pool, async (connection) => {
      if (!(await addProposal(connection, { id, statement, proposedBy }, deps.clock())))
        throw notApproved("An operation of this id was proposed already.");
      await audit(connection, "operation-proposed", id, { by: proposedBy, act, record });
    });
    return { id };
  });

  server.post("/console/api/operations/:id/approve", async (request) => {
    const { operator: by } = await requirePermission(deps, request, "approve");
    const { id } = read(byId, request.params);
    const { approval } = read(z.strictObject({ approval: z.string().max(1_024) }), request.body);
    return approve(deps, { id, by, approval });
  });
}

/** Adds one person's approval; the act is done with the last that it takes. Who proposes does not approve. */
async function approve(
  deps: ConsoleDeps,
  { id, by, approval }: { id: string; by: string; approval: string },
): Promise<{ id: string; approvals: number; needed: number; done: boolean }> {
  const { operatorRule, clock } = deps;
  if (!operatorRule) throw notApproved("This CA has no operators configured: nobody may do this here.");
  const { statement, approvals } = await transaction(deps.pool, async (connection) => {
    const proposal = await lockProposal(connection, id);
    if (!proposal || proposal.doneAt) throw notFound("proposed operation");
    if (proposal.proposedBy === by) throw notApproved("Whoever proposed an operation does not approve it.");
    const rule = { ...operatorRule, needed: 1, now: clock(), maxAgeSeconds: approvalSeconds };
    const verdict = await checkApprovals(proposal.statement, [approval], rule);
    if (!verdict.ok) throw notApproved(verdict.why);
    const keyId = decodeProtectedHeader(approval).kid ?? "";
    const given = proposal.approvals.map(({ jws }) => jws);
    // All are there, and what they approved failed on its way: it is carried out again, under the same id.
    if (given.length >= operatorRule.needed) return { ...proposal, approvals: given };
    const added = { id, operator: by, keyId, jws: approval };
    if (!(await addApproval(connection, added, clock())))
      throw notApproved("This operator, or this key, approved it already.");
    await audit(connection, "operation-approval-given", id, { by, key: keyId });
    return { ...proposal, approvals: [...given, approval] };
  });
  const { needed } = operatorRule;
  const done = approvals.length >= needed;
  if (done) {
    await operate(deps, { statement, approvals });
    await finishProposal(deps.pool, id, clock());
  }
  return { id, approvals: approvals.length, needed, done };
}

const notFound = (what: string) => new Refusal({ code: "NOT_FOUND", detail: `There is no such ${what}.` });
const notApproved = (detail: string) => new Refusal({ code: "OPERATION_NOT_APPROVED", detail });

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
