import { audit } from "../../registry/audit/lines.ts";
import { storeFrozen } from "../../registry/certificate/freezes.ts";
import {
  findRevocationRequest,
  type RevokedBy,
  type RevokedCertificate,
  revokedBySerials,
} from "../../registry/certificate/revocations.ts";
import { lockStopsOf, noteStop } from "../../registry/certificate/stops.ts";
import type { Connection } from "../../registry/database.ts";
import { endEnrolment, lockOpenEnrolments } from "../../registry/issuance/enrolments.ts";
import { closePagesOf } from "../../registry/person-page/visits.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { revoke } from "./revoking.ts";

/** What is stopped, by whom, and the evidence of their authority. */
export interface Stop {
  personId: string;
  /** One of the person's enrolments; absent: all of them. */
  enrolmentId?: string;
  /** The visit on whose page this was pressed: the only page of the person that stays open. */
  pageVisitId?: string;
  by: RevokedBy;
  /** What was signed or recorded, stored sealed, and its SHA-256 (base64url). */
  proof: string;
  digest: string;
}

/**
 * Ends a person's pending applications, before an act that revokes all their certificates; the caller holds
 * `lockStopsOf`. An application tapped earlier and admitted later is refused.
 */
export async function stopApplied(connection: Connection, personId: string): Promise<void> {
  await noteStop(connection, personId);
  for (const { id, state } of await lockOpenEnrolments(connection, personId))
    if (state === "applied") await endStopped(connection, id);
}

async function endStopped(connection: Connection, id: string): Promise<void> {
  await endEnrolment(connection, id, "ended", "stopped");
  await audit(connection, "enrolment-ended", id, { why: "stopped" });
}

/**
 * Stops one phone of a person, or all of them, in the caller's transaction: certificates are revoked permanently and
 * pending applications end. Stopping all phones also ends the person's open pages and approved taps, and an
 * application tapped earlier and admitted later is refused (`stops.ts`). Needs only Postgres. The next tap with
 * `replace` succeeds what was stopped, as after a freeze (docs/decisions/0025). A proof that was used before changes
 * nothing.
 * @returns what is revoked, now or earlier
 */
export async function stopPhones(
  connection: Connection,
  sealer: Sealer,
  { personId, enrolmentId, pageVisitId, by, proof, digest }: Stop,
): Promise<RevokedCertificate[]> {
  await lockStopsOf(connection, personId);
  const earlier = await findRevocationRequest(connection, digest);
  if (earlier) return revokedBySerials(connection, earlier.serials);
  const open = await lockOpenEnrolments(connection, personId, enrolmentId);
  if (enrolmentId === undefined) {
    await noteStop(connection, personId);
    await closePagesOf(connection, personId, pageVisitId);
  }
  const target = { enrolmentIds: open.map(({ id }) => id) };
  const request = { target, reason: "privilegeWithdrawn", by, proof, digest, isStop: true } as const;
  const { certificates } = await revoke(connection, sealer, request);
  for (const { id, state } of open) {
    if (state === "applied") await endStopped(connection, id);
    else {
      await storeFrozen(connection, id, null);
      await audit(connection, "enrolment-frozen", id, { by });
    }
  }
  return certificates;
}
