import { audit } from "../../registry/audit/lines.ts";
import { isFrozen, lockLinesFrom, storeFrozen } from "../../registry/certificate/freezes.ts";
import { enrolmentInQuestion, newerThan } from "../../registry/certificate/new-phones.ts";
import type { RevokedCertificate } from "../../registry/certificate/revocations.ts";
import { lockStopsOf, noteStop } from "../../registry/certificate/stops.ts";
import type { Connection } from "../../registry/database.ts";
import { endEnrolment, findEnrolment } from "../../registry/issuance/enrolments.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { revoke } from "./revoking.ts";

/** "This was not me", said by a phone that was notified of a new one. */
export interface Freeze {
  noticeId: string;
  /** The enrolment whose device key signed. */
  frozenBy: string;
  /** What it signed, kept sealed, and its SHA-256 (base64url). */
  proof: string;
  digest: string;
  now: Date;
  /** Every phone of the person that is newer than the one in question as well. */
  newer?: boolean;
}

/**
 * Stops a new phone in the caller's transaction: its certificate, and that of every phone that succeeded it since, is
 * revoked for good; what was under way ends, also what is admitted a moment later. With `newer` so is every phone of the
 * person that is newer, at any party.
 * Needs Postgres and nothing else, as every revocation does.
 *
 * Said again, by this phone or another, it changes nothing: what the person set up since is left alone.
 * @returns what is revoked now or was before; `undefined` where no such notice waits for an answer of this phone
 */
export async function freeze(
  connection: Connection,
  sealer: Sealer,
  { noticeId, frozenBy, proof, digest, now, newer = false }: Freeze,
): Promise<RevokedCertificate[] | undefined> {
  const asking = await findEnrolment(connection, frozenBy);
  if (!asking) return undefined;
  await lockStopsOf(connection, asking.personId);
  // It may have been stopped since its message was read.
  if (!(await mayStillAsk(connection, frozenBy))) return undefined;
  const question = { noticeId, enrolmentId: frozenBy, now };
  const about = await enrolmentInQuestion(connection, question);
  if (about === undefined) return undefined;
  const line = await lockLinesFrom(connection, [about]);
  const isDone = await isFrozen(connection, about);
  const others = new Set(newer ? await newerThan(connection, { about, askedBy: frozenBy }) : []);
  // Their lines are held, and what of these is newer is among the others itself.
  const also = await lockLinesFrom(connection, [...others]);
  const stopped = new Map(
    [...(isDone ? [] : line), ...also.filter(({ id }) => others.has(id))]
      .filter(({ id, state }) => state !== "ended" && id !== frozenBy)
      .map(({ id, state }) => [id, state]),
  );
  if (stopped.size === 0) return [];
  const target = { enrolmentIds: [...stopped.keys()] };
  const request = { target, reason: "privilegeWithdrawn", by: "person", proof, digest } as const;
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
