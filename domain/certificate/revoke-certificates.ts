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
 * Revokes from the moment of the intent on: what is signed but not stored, or not even signed, is revoked as well.
 * Never taken back, and the reason that takes effect first stands, so that the same call again changes nothing.
 *
 * With a window, each takes effect at a random moment of its own within it, and within the certificate's validity. One
 * that waits for its moment already is brought forward where the new act would have it earlier.
 * @param windowMs milliseconds; 0: with the act, which is the transaction's beginning
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
