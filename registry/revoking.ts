import { randomUUID } from "node:crypto";
import type { RevocationReason } from "../protocol/revocation.ts";
import { audit } from "./audit.ts";
import { addCertificateNotice } from "./certificate-notices.ts";
import { noteCredentialChange } from "./credential-change.ts";
import type { Connection } from "./database.ts";
import { endEnrolment, lockEnrolment } from "./enrolments.ts";
import {
  blockKey,
  findRevocationRequest,
  keysOf,
  lockEnrolmentsOf,
  type RevocationTarget,
  type RevokedBy,
  type RevokedCertificate,
  revokeCertificates,
  revokedBySerials,
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
  /** SHA-256 of the proof, base64url. */
  digest: string;
}

/** What a request came to: everything of its target that is revoked, by it or before. */
export interface Revoked {
  certificates: RevokedCertificate[];
  /** False for a proof that was brought before: nothing happened now. */
  isNew: boolean;
}

/**
 * Revokes, in the caller's transaction, and with it everything that follows: the enrolments end, a compromised key is
 * blocked, the acts are on record, the persons and the parties are to be told. Needs Postgres and nothing else, so that a
 * revocation never waits for a lifecycle.
 *
 * A proof acts once: brought again it tells what it came to, and what was issued since is left alone.
 */
export async function revoke(
  connection: Connection,
  sealer: Sealer,
  request: RevocationRequest,
): Promise<Revoked> {
  const { target, reason, by, digest } = request;
  await lockEnrolmentsOf(connection, target);
  const earlier = await findRevocationRequest(connection, digest);
  if (earlier) return { certificates: await revokedBySerials(connection, earlier.serials), isNew: false };
  if (reason === "keyCompromise") await blockKeysOf(connection, target);
  const fresh = await revokeCertificates(connection, target, reason, by);
  const certificates = await revokedOf(connection, target);
  // Who holds a key can make proofs without end: those that change nothing are not kept.
  if (fresh.length > 0 || by !== "key-holder") await keep(connection, sealer, request, certificates);
  for (const { enrolmentId, serial } of fresh) {
    await audit(connection, "certificate-revoked", enrolmentId, { serial, reason, by });
    await endAndTell(connection, enrolmentId, reason);
  }
  return { certificates, isNew: true };
}

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

async function endAndTell(connection: Connection, enrolmentId: string, reason: string): Promise<void> {
  const enrolment = await lockEnrolment(connection, enrolmentId);
  if (!enrolment) return;
  const wasActive = enrolment.state === "active";
  await endEnrolment(connection, enrolmentId, wasActive ? "revoked" : "ended", `revoked: ${reason}`);
  await addCertificateNotice(connection, { enrolmentId, kind: "revoked" });
  if (wasActive) await noteCredentialChange(connection, enrolment, "revoke");
}
