import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import type { CertificateClient } from "../../client/engine/certificate.ts";
import type { ConsentClient } from "../../client/engine/consent.ts";
import { isPassing } from "../../client/engine/passing.ts";
import { revokeApproved, stopPersonApproved, storeCampaign } from "../../domain/certificate/by-operators.ts";
import { type StoredChange, withdrawAllApproved } from "../../domain/consent/withdrawing.ts";
import { type Approved, type OperatorRule, requireApproval } from "../../domain/operation/approving.ts";
import { closeErasureApproved } from "../../domain/person-page/erasing.ts";
import { malformed, Refusal } from "../../domain/refusal.ts";
import {
  type Operation,
  type OperationDone,
  operationDone,
  operationRequest,
} from "../../protocol/operation.ts";
import type { RevokedCertificate } from "../../registry/certificate/revocations.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { proven } from "../limits/door.ts";
import { operation } from "../openapi/described.ts";
import { signalCertificates } from "../signal-certificates.ts";

/** Dependencies of operations. */
export interface OperationDeps {
  pool: Pool;
  sealer: Sealer;
  issuer: string;
  clock: () => Date;
  certificate: Pick<CertificateClient, "reread" | "startCampaign">;
  consent: Pick<ConsentClient, "change">;
  /** How long to wait for a change of a consent, milliseconds. */
  answerMs: number;
  log: { warn(fields: object, message: string): void };
  /** `undefined` if no operators are configured: nobody may. */
  operatorRule: OperatorRule | undefined;
}

/**
 * `POST /v1/operations`: operations by several operators. Each has signed the exact text that is carried out; fewer than
 * required do nothing.
 */
export function operationsRoute(server: FastifyInstance, deps: OperationDeps): void {
  server.post(
    "/v1/operations",
    {
      ...proven,
      ...operation(
        "For operators: carry out an operation that enough of them have approved",
        operationRequest,
        operationDone,
      ),
    },
    async (request): Promise<OperationDone> => {
      const body = operationRequest.safeParse(request.body);
      if (!body.success) throw malformed("The body is not an operation with its approvals", body.error);
      return operate(deps, body.data);
    },
  );
}

/** Carries out an operation that enough operators approved. A repeated call carries it out once. */
export async function operate(
  deps: OperationDeps,
  { statement, approvals }: { statement: string; approvals: string[] },
): Promise<OperationDone> {
  const { operatorRule, issuer, clock } = deps;
  const rules = { operatorRule, issuer, now: clock() };
  const { asked, approvers } = await requireApproval(rules, statement, approvals);
  return carryOut(deps, asked, { statement, approvals, approvers });
}

async function carryOut(deps: OperationDeps, asked: Operation, approved: Approved): Promise<OperationDone> {
  const { pool, sealer } = deps;
  const { id } = asked;
  switch (asked.act) {
    case "revoke":
      return revoking(deps, id, (connection) => revokeApproved(connection, sealer, asked, approved));
    case "stop-person":
      return revoking(deps, id, (connection) => stopPersonApproved(connection, sealer, asked, approved));
    case "withdraw-consents":
      await bring(
        deps,
        await transaction(pool, (connection) => withdrawAllApproved(connection, deps, asked, approved)),
      );
      return { id };
    case "close-erasure":
      await transaction(pool, (connection) => closeErasureApproved(connection, deps, asked, approved));
      return { id };
    case "revoke-generation":
    case "replace-generation":
      await transaction(pool, (connection) => storeCampaign(connection, asked, approved));
      await start(deps, id);
      return { id, campaignId: id };
  }
}

async function revoking(
  deps: OperationDeps,
  id: string,
  act: (connection: Connection) => Promise<RevokedCertificate[]>,
): Promise<OperationDone> {
  const revoked = await transaction(deps.pool, act);
  await signalCertificates(deps, revoked);
  return { id, serials: revoked.map(({ serial }) => serial) };
}

/** The campaign is stored: if Temporal does not answer, the hourly sweep starts it. */
async function start({ certificate, log }: OperationDeps, id: string): Promise<void> {
  try {
    await certificate.startCampaign(id);
  } catch (error) {
    if (!isPassing(error)) throw error;
    log.warn({ campaignId: id }, "a campaign is stored; it starts once Temporal answers");
  }
}

/**
 * Sends stored withdrawals to their consents. A consent that has ended meanwhile is refused, which is the requested outcome.
 */
async function bring({ consent, answerMs }: OperationDeps, changes: readonly StoredChange[]): Promise<void> {
  for (const change of changes) {
    const { kind } = await consent.change(change, answerMs);
    if (kind === "unanswered")
      throw new Refusal({
        code: "TRY_AGAIN",
        detail: "The withdrawals are stored, and not all have taken effect: send the same operation again.",
      });
  }
}
