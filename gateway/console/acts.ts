import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { isPassing } from "../../client/engine/passing.ts";
import { requireOperators } from "../../domain/operation/approving.ts";
import { approveProposal, propose } from "../../domain/operation/proposing.ts";
import { Refusal } from "../../domain/refusal.ts";
import { readAttributeRecord } from "../../registry/attribute-record/records.ts";
import { audit } from "../../registry/audit/lines.ts";
import { finishProposal, openProposals } from "../../registry/console/proposals.ts";
import { transaction } from "../../registry/database.ts";
import { findSecurityEvent } from "../../registry/notification/security-events.ts";
import { operate } from "../routes/operations.ts";
import type { ConsoleDeps } from "./console.ts";
import { read } from "./query.ts";
import { requirePermission } from "./session.ts";

/** The reason for a reveal: a closed list and a case number, so that the audit log has no personal data. */
const reveal = z.strictObject({
  reason: z.enum(["person-asked", "complaint", "incident", "authority"]),
  record: z.string().regex(/^[\x21-\x7e]{1,120}$/),
});
const byId = z.object({ id: z.uuid() });

/** Acts of operators, below `/console/api`: each writes an audit line that names the operator. */
export function actRoutes(server: FastifyInstance, deps: ConsoleDeps): void {
  server.post("/console/api/persons/:id/reveal", async (request) => {
    const { operator: by } = await requirePermission(deps, request, "reveal");
    const { id } = read(byId, request.params);
    const why = read(reveal, request.body);
    // Write the line before anything is revealed.
    return transaction(deps.pool, async (connection) => {
      const record = await readAttributeRecord(connection, deps.sealer, id);
      if (!record) throw notFound("person");
      await audit(connection, "attributes-revealed", id, { by, ...why, version: record.version });
      const { name, address, dateOfBirth, sex } = record.attributes;
      return { version: record.version, provenAt: record.provenAt, name, address, dateOfBirth, sex };
    });
  });

  server.post("/console/api/deliveries/:id/replay", async (request) => {
    const { operator: by } = await requirePermission(deps, request, "replay");
    const { id } = read(byId, request.params);
    const event = await findSecurityEvent(deps.pool, id);
    if (!event || (event.state !== "dead-lettered" && event.state !== "pending"))
      throw notFound("waiting delivery");
    await audit(deps.pool, "replay-asked", id, { by });
    try {
      await deps.notification.transmit(id);
    } catch (error) {
      if (!isPassing(error)) throw error;
      throw new Refusal({ code: "TRY_AGAIN", detail: "Temporal does not answer." });
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
    const rules = { issuer: deps.issuer, now: deps.clock() };
    const id = await transaction(deps.pool, (connection) =>
      propose(connection, { statement, proposedBy }, rules),
    );
    return { id };
  });

  server.post("/console/api/operations/:id/approve", async (request) => {
    const { operator: by } = await requirePermission(deps, request, "approve");
    const { id } = read(byId, request.params);
    const { approval } = read(z.strictObject({ approval: z.string().max(1_024) }), request.body);
    return approve(deps, { id, by, approval });
  });
}

/** Adds one person's approval; the last required approval executes the act. */
async function approve(
  deps: ConsoleDeps,
  given: { id: string; by: string; approval: string },
): Promise<{ id: string; approvals: number; needed: number; done: boolean }> {
  const { pool, clock } = deps;
  const { id } = given;
  const rule = requireOperators(deps.operatorRule);
  const { statement, approvals } = await transaction(pool, (connection) =>
    approveProposal(connection, rule, given, clock()),
  );
  const { needed } = rule;
  const done = approvals.length >= needed;
  if (done) {
    await operate(deps, { statement, approvals });
    await finishProposal(pool, id, clock());
  }
  return { id, approvals: approvals.length, needed, done };
}

const notFound = (what: string) => new Refusal({ code: "NOT_FOUND", detail: `There is no such ${what}.` });
