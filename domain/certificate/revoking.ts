import { randomUUID } from "node:crypto";
import type { RevocationReason } from "../../protocol/revocation.ts";
import { audit } from "../../registry/audit/lines.ts";
import { addCertificateNotice, bringNoticeForward } from "../../registry/certificate/notices.ts";
import {
  blockKey,
  findRevocationRequest,
  keysOf,
  lockEnrolmentsOf,
  type RevocationTarget,
  type RevokedBy,
  type RevokedCertificate,
  revokedBySerials,
  revokedOf,
  storeRevocationRequest,
} from "../../registry/certificate/revocations.ts";
import type { Connection } from "../../registry/database.ts";
import { endEnrolment, lockEnrolment } from "../../registry/issuance/enrolments.ts";
import { bringEventsForward } from "../../registry/notification/security-events.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { noteRevoked } from "./credential-change.ts";
import { mayWait } from "./effective-times.ts";
import { revokeCertificates } from "./revoke-certificates.ts";

/** A revocation request, with the evidence of the requester's authority. */
export interface RevocationRequest {
  target: RevocationTarget;
  reason: RevocationReason;
  by: RevokedBy;
  /** What was signed or recorded, stored sealed. */
  proof: string;
  /** SHA-256 of the proof, base64url. */
  digest: string;
  /**
   * Period within which each certificate's revocation takes effect, at its own random time (`effective-times.ts`); if
   * absent, all take effect at once.
   */
  windowMs?: number;
  /** Whether the person, or an operator on their behalf, stops phones: parties are told so. */
  isStop?: boolean;
}

/** The result of a request: every certificate of its target that is revoked, now or earlier. */
export interface Revoked {
  certificates: RevokedCertificate[];
  /** False if the proof was used before: nothing was changed now. */
  isNew: boolean;
}

/**
 * Revokes in the caller's transaction, with all consequences: the enrolments end, a compromised key is blocked, the
 * acts are recorded, and notifications to persons and parties are queued. Needs only Postgres, so that a revocation
 * never waits for a workflow.
 *
 * The enrolments end at once. OCSP, CRL, the party's event and the person's notice follow when the revocation takes
 * effect: at once, or, with a window, each at its own time.
 *
 * A proof takes effect once: used again it returns the earlier result, and certificates issued since are not
 * affected.
 * @throws RangeError on a window for a revocation that must take effect at once
 */
export async function revoke(
  connection: Connection,
  sealer: Sealer,
  request: RevocationRequest,
): Promise<Revoked> {
  const { target, reason, by, digest, windowMs = 0, isStop = false } = request;
  if (windowMs > 0 && !mayWait(reason, by))
    throw new RangeError(`A revocation by the ${by} for ${reason} takes effect at once; give it no window.`);
  await lockEnrolmentsOf(connection, target);
  const earlier = await findRevocationRequest(connection, digest);
  if (earlier) return { certificates: await revokedBySerials(connection, earlier.serials), isNew: false };
  if (reason === "keyCompromise") await blockKeysOf(connection, target);
  const { fresh, broughtForward } = await revokeCertificates(connection, target, reason, by, windowMs);
  const certificates = await revokedOf(connection, target);
  // A key's holder can create any number of proofs: those that change nothing are not stored.
  const changesNothing = fresh.length === 0 && broughtForward.length === 0;
  if (!changesNothing || by !== "key-holder") await keep(connection, sealer, request, certificates);
  for (const revoked of fresh) {
    const { enrolmentId } = revoked;
    await audit(connection, "certificate-revoked", enrolmentId, { ...effectOf(revoked), reason, by });
    await endAndNotify(connection, revoked, { reason, isStop });
  }
  for (const revoked of broughtForward) {
    const { enrolmentId } = revoked;
    await audit(connection, "revocation-brought-forward", enrolmentId, { ...effectOf(revoked), reason, by });
    await bringNoticeForward(connection, revoked);
    await bringEventsForward(connection, enrolmentId, revoked.effectiveAt);
  }
  return { certificates, isNew: true };
}

/** For the audit line, against which the row is verified: the certificate of a revocation, and the second in which it takes effect. */
export const effectOf = ({
  serial,
  effectiveAt,
}: Pick<RevokedCertificate, "serial" | "effectiveAt">): { serial: string; effectiveAt: number } => ({
  serial,
  effectiveAt: Math.floor(effectiveAt.getTime() / 1_000),
});

async function keep(
  connection: Connection,
  sealer: Sealer,
  { reason, by, proof, digest }: RevocationRequest,
  certificates: readonly RevokedCertificate[],
): Promise<void> {
  const id = randomUUID();
  const sealed = sealer.seal(Buffer.from(proof), `revocation-requests/${digest}`);
  const serials = certificates.map(({ serial }) => serial);
  await storeRevocationRequest(connection, { id, digest, askedBy: by, reason, proof: sealed, serials });
  await audit(connection, "revocation-requested", id, { by, reason, serials: serials.length });
}

async function blockKeysOf(connection: Connection, target: RevocationTarget): Promise<void> {
  for (const key of await keysOf(connection, target)) {
    if (await blockKey(connection, key, "keyCompromise")) await audit(connection, "key-blocked", key);
  }
}

async function endAndNotify(
  connection: Connection,
  { enrolmentId, effectiveAt: at }: RevokedCertificate,
  { reason, isStop }: { reason: RevocationReason; isStop: boolean },
): Promise<void> {
  const enrolment = await lockEnrolment(connection, enrolmentId);
  if (!enrolment) return;
  const wasActive = enrolment.state === "active";
  await endEnrolment(connection, enrolmentId, wasActive ? "revoked" : "ended", `revoked: ${reason}`);
  await addCertificateNotice(connection, { enrolmentId, kind: "revoked", dueAt: at });
  if (wasActive) await noteRevoked(connection, enrolment, { reason, isStop, at });
}
