import { audit } from "../../registry/audit/lines.ts";
import { isFrozen, lockLinesFrom, storeFrozen } from "../../registry/certificate/freezes.ts";
import { enrolmentInQuestion, newerThan } from "../../registry/certificate/new-phones.ts";
import type { RevokedCertificate } from "../../registry/certificate/revocations.ts";
import { lockStopsOf, noteStop } from "../../registry/certificate/stops.ts";
import type { Connection } from "../../registry/database.ts";
import { endEnrolment, findEnrolment } from "../../registry/issuance/enrolments.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { revoke } from "./revoking.ts";

/** A phone that was notified of a new one reports "this was not me". */
export interface Freeze {
  noticeId: string;
  /** The enrolment whose device key signed. */
  frozenBy: string;
  /** The signed message, stored sealed, and its SHA-256 (base64url). */
  proof: string;
  digest: string;
  now: Date;
  /** Also freeze every phone of the person that is newer than the one in question. */
  newer?: boolean;
}

/**
 * Stops a new phone in the caller's transaction: its certificate, and that of every phone that has succeeded it, is
 * revoked permanently; pending applications end, including one admitted a moment later. With `newer`, the same
 * applies to every newer phone of the person, at any party. Like every revocation it needs only Postgres.
 *
 * A repeated freeze, by this phone or another, changes nothing: what the person has set up since is not affected.
 * @returns what is revoked, now or earlier; `undefined` if this phone has no such notice to answer
 */
export async function freeze(
  connection: Connection,
  sealer: Sealer,
  { noticeId, frozenBy, proof, digest, now, newer = false }: Freeze,
): Promise<RevokedCertificate[] | undefined> {
  const asking = await findEnrolment(connection, frozenBy);
  if (!asking) return undefined;
  await lockStopsOf(connection, asking.personId);
  // The phone may have been stopped after its message was read.
  if (!(await mayStillAsk(connection, frozenBy))) return undefined;
  const question = { noticeId, enrolmentId: frozenBy, now };
  const about = await enrolmentInQuestion(connection, question);
  if (about === undefined) return undefined;
  const line = await lockLinesFrom(connection, [about]);
  const isDone = await isFrozen(connection, about);
  const others = new Set(newer ? await newerThan(connection, { about, askedBy: frozenBy }) : []);
  // Their succession lines are now locked; the newer ones among them are already included.
  const also = await lockLinesFrom(connection, [...others]);
  const stopped = new Map(
    [...(isDone ? [] : line), ...also.filter(({ id }) => others.has(id))]
      .filter(({ id, state }) => state !== "ended" && id !== frozenBy)
      .map(({ id, state }) => [id, state]),
  );
  if (stopped.size === 0) return [];
  const target = { enrolmentIds: [...stopped.keys()] };
  const request = {
    target,
    reason: "privilegeWithdrawn",
    by: "person",
    proof,
    digest,
    isStop: true,
  } as const;
  const { certificates, isNew } = await revoke(connection, sealer, request);
  if (!isNew) return certificates;
  if (newer) await noteStop(connection, asking.personId);
  for (const [id, state] of stopped) {
    if (state === "applied") {
      await endEnrolment(connection, id, "ended", "frozen");
      await audit(connection, "enrolment-ended", id, { why: "frozen" });
    } else if (await storeFrozen(connection, id, frozenBy))
      await audit(connection, "enrolment-frozen", id, { by: frozenBy });
  }
  return certificates;
}

/** Whether a phone is in use, or was replaced, and was not stopped itself. */
async function mayStillAsk(connection: Connection, enrolmentId: string): Promise<boolean> {
  const asking = await findEnrolment(connection, enrolmentId);
  const isInHand = asking?.state === "active" || asking?.state === "superseded";
  return isInHand && !(await isFrozen(connection, enrolmentId));
}
