import { createHash, X509Certificate } from "node:crypto";
import { audit } from "../../registry/audit/lines.ts";
import {
  findCertificate,
  type IssuanceIntent,
  type IssuedCertificate,
  storeCertificate,
} from "../../registry/certificate/certificates.ts";
import { isFrozen } from "../../registry/certificate/freezes.ts";
import { isRevoked } from "../../registry/certificate/revocations.ts";
import type { Connection } from "../../registry/database.ts";
import { activateEnrolment, endEnrolment, lockEnrolment } from "../../registry/issuance/enrolments.ts";
import type { ActivateOutcome } from "../../workflows/issuance/contract.ts";
import { noteNewPhone } from "../certificate/announcing.ts";
import { noteReplaced } from "../certificate/credential-change.ts";
import { revokeCertificates } from "../certificate/revoke-certificates.ts";
import { effectOf } from "../certificate/revoking.ts";
import { ended } from "./intending.ts";
import { refused } from "./refused.ts";

/**
 * Stores the signature, activates the enrolment, ends the one it replaces, and records through which phones the person is asked
 * about the new one, atomically. If the application ended, or the serial was revoked, during signing, nothing is stored: the
 * signature is not handed out, and the old certificate stays valid.
 */
export async function complete(
  connection: Connection,
  intent: IssuanceIntent,
  der: Buffer,
  announceWithinMs: number,
): Promise<IssuedCertificate | ActivateOutcome> {
  const enrolment = await lockEnrolment(connection, intent.enrolmentId);
  const before = await findCertificate(connection, intent.enrolmentId);
  if (before) return before;
  if (!enrolment) throw new Error("The enrolment of an intent is missing; the registry is damaged.");
  if (enrolment.state !== "applied") return ended(enrolment);
  if (await isRevoked(connection, intent.serial))
    return refused("CHALLENGE_EXPIRED", "The certificate was revoked before it was handed out.");
  const stored = await storeCertificate(connection, {
    id: intent.id,
    enrolmentId: intent.enrolmentId,
    serial: intent.serial,
    der,
    ...validityOf(der),
  });
  await activateEnrolment(connection, enrolment.id);
  await audit(connection, "certificate-issued", enrolment.id, {
    intentId: intent.id,
    serial: intent.serial,
    sha256: createHash("sha256").update(der).digest("hex"),
    notAfter: validityOf(der).notAfter.toISOString(),
  });
  if (enrolment.replaces !== undefined) {
    await succeed(connection, enrolment.replaces, enrolment.id);
    const wasStopped = await isFrozen(connection, enrolment.replaces);
    await noteReplaced(connection, enrolment, { wasStopped });
  }
  await noteNewPhone(connection, enrolment, announceWithinMs);
  return stored;
}

/** The new certificate is stored; now revoke the old one (RFC 5280 superseded). */
async function succeed(connection: Connection, oldId: string, newId: string): Promise<void> {
  await endEnrolment(connection, oldId, "superseded", `replaced by ${newId}`);
  const { fresh } = await revokeCertificates(connection, { enrolmentId: oldId }, "superseded", "engine");
  for (const revoked of fresh) {
    const line = { ...effectOf(revoked), reason: "superseded", by: newId };
    await audit(connection, "certificate-revoked", oldId, line);
  }
}

function validityOf(der: Uint8Array): { notBefore: Date; notAfter: Date } {
  const { validFrom, validTo } = new X509Certificate(der);
  return { notBefore: new Date(validFrom), notAfter: new Date(validTo) };
}
