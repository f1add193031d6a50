import type { Operation } from "../../protocol/operation.ts";
import { audit } from "../../registry/audit/lines.ts";
import type { Connection } from "../../registry/database.ts";
import {
  askErasure,
  closeErasure,
  lockErasure,
  takeBackErasure,
} from "../../registry/person-page/erasure.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { Approved } from "../operation/approving.ts";
import { Refusal } from "../refusal.ts";
import type { OpenedPage } from "./proof.ts";

/** Records a person's request for erasure, in the caller's transaction. At most one request is open. */
export async function askForErasure(
  connection: Connection,
  { personId, visitId }: OpenedPage,
  now: Date,
): Promise<void> {
  const asked = await askErasure(connection, { personId, visitId, now });
  if (asked !== undefined) await audit(connection, "erasure-asked", asked, { personId });
}

/** The person withdraws the request, in the caller's transaction. */
export async function takeErasureBack(
  connection: Connection,
  { personId }: OpenedPage,
  now: Date,
): Promise<void> {
  for (const id of await takeBackErasure(connection, { personId, now }))
    await audit(connection, "erasure-taken-back", id, { personId });
}

/**
 * Records the outcome of a request for erasure, as approved by operators, in the caller's transaction; the person reads it on
 * the person page. A repeated operation changes nothing.
 * @throws Refusal NOT_FOUND
 */
export async function closeErasureApproved(
  connection: Connection,
  { sealer, clock }: { sealer: Sealer; clock: () => Date },
  { id, erasure, outcome, reason, record }: Extract<Operation, { act: "close-erasure" }>,
  { statement, approvals, approvers }: Approved,
): Promise<void> {
  const asked = await lockErasure(connection, erasure);
  if (asked?.operationId === id) return;
  if (asked?.state !== "open")
    throw new Refusal({ code: "NOT_FOUND", detail: "No request for erasure of this id is open." });
  const proof = JSON.stringify({ statement, approvals });
  const closed = { id: erasure, state: outcome, reason: reason ?? null, operationId: id, now: clock() };
  await closeErasure(connection, sealer, { ...closed, proof });
  const by = approvers.join();
  await audit(connection, "operation-approved", id, { act: "close-erasure", record, by });
  if (outcome === "done") await audit(connection, "erasure-done", erasure, { by, record });
  else await audit(connection, "erasure-declined", erasure, { by, record, reason: reason ?? "" });
}
