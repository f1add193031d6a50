import { randomUUID } from "node:crypto";
import type { RevocationReason } from "../protocol/revocation.ts";
import { audit } from "./audit.ts";
import { addCertificateNotice } from "./certificate-notices.ts";
import { noteCredentialChange } from "./credential-change.ts";
import type { Connection } from "./database.ts";
import { endEnrolment, lockEnrolment } from "./enrolments.ts";
import {
  blockKey,
  keysOf,
  lockEnrolmentsOf,
  type RevocationTarget,
  type RevokedBy,
  type RevokedCertificate,
  revokeCertificates,
  revokedOf,
  storeRevocationRequest,
} from "./revocations.ts";
import type { Sealer } from "./sealing.ts";

/** A revocation that somebody asks for, with what shows that they may. */
export interface RevocationRequest {
  target: RevocationTarget;
  reason: RevocationReason;
  by: RevokedBy;
  /** What was signed or recorded, kept sealed. */
  proof: string;
  /** SHA-256 of the proof, base64url: the same proof again changes nothing. */
  digest: string;
}

/**
 * Revokes, in the caller's transaction, and with it everything that follows: the enrolments end, a compromised key is
 * blocked, the acts are on record, the persons and the parties are to be told. Needs Postgres and nothing else, so that a
 * revocation never waits for a lifecycle.
 * @returns everything of the target that is revoked now, by this request or before
 */
export async function revoke(
  connection: Connection,
  sealer: Sealer,
  { target, reason, by, proof, digest }: RevocationRequest,
): Promise<RevokedCertificate[]> {
  await lockEnrolmentsOf(connection, target);
  if (reason === "keyCompromise") await blockKeysOf(connection, target);
  const fresh = await revokeCertificates(connection, target, reason, by);
  const id = randomUUID();
  const stored = await storeRevocationRequest(connection, {
    id,
    digest,
    askedBy: by,
    reason,
    proof: sealer.seal(Buffer.from(proof), `revocation-requests/${digest}`),
    serials: fresh.map(({ serial }) => serial),
  });
  if (stored) await audit(connection, "revocation-requested", id, { by, reason, serials: fresh.length });
  for (const { enrolmentId, serial } of fresh) {
    await audit(connection, "certificate-revoked", enrolmentId, { serial, reason, by });
    await endAndTell(connection, enrolmentId, reason);
  }
  return revokedOf(connection, target);
}

async function blockKeysOf(connection: Connection, target: RevocationTarget): Promise<void> {
  for (const key of await keysOf(connection, target)) {
    if (await blockKey(connection, key, "keyCompromise")) await audit(connection, "key-blocked", key);
  }
}

async function endAndTell(connection: Connection, enrolmentId: string, reason: string): Promise<void> {
  const enrolment = await lockEnrolment(connection, enrolmentId);
  if (!enrolment) return;
  const wasActive = enrolment.state === "active";
  await endEnrolment(connection, enrolmentId, wasActive ? "revoked" : "ended", `revoked: ${reason}`);
  await addCertificateNotice(connection, { enrolmentId, kind: "revoked" });
  if (wasActive) await noteCredentialChange(connection, enrolment, "revoke");
}
