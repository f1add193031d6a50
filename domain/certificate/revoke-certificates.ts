import type { RevocationReason } from "../../protocol/revocation.ts";
import {
  type RevocationTarget,
  type RevokedBy,
  type RevokedCertificate,
  revocableOf,
  storeRevocations,
} from "../../registry/certificate/revocations.ts";
import type { Connection } from "../../registry/database.ts";
import { drawDelays } from "./effective-times.ts";

/**
 * Revokes from the moment of the intent: what is signed but not stored, or not yet signed, is also revoked.
 * Revocation is permanent, and the reason that takes effect first remains, so that a repeated call changes nothing.
 *
 * With a window, each revocation takes effect at its own random time within it and within the certificate's
 * validity. A revocation that is still waiting is moved earlier if the new act requires it.
 * @param windowMs milliseconds; 0: at the start of the transaction
 */
export async function revokeCertificates(
  connection: Connection,
  target: RevocationTarget,
  reason: RevocationReason,
  by: RevokedBy,
  windowMs = 0,
): Promise<{ fresh: RevokedCertificate[]; broughtForward: RevokedCertificate[] }> {
  const revocable = await revocableOf(connection, target);
  const delays = drawDelays(
    revocable.map(({ msLeft }) => Math.floor(Math.min(windowMs, msLeft ?? windowMs) / 1000)),
  );
  const revoked = revocable.map(({ serial }, index) => ({ serial, delay: delays[index] ?? 0 }));
  return storeRevocations(connection, revoked, reason, by);
}
