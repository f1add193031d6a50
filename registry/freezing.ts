import { audit } from "./audit.ts";
import type { Connection } from "./database.ts";
import { endEnrolment } from "./enrolments.ts";
import { isFrozen, lockLineFrom, storeFrozen } from "./frozen-enrolments.ts";
import { enrolmentInQuestion } from "./new-phones.ts";
import type { RevokedCertificate } from "./revocations.ts";
import { revoke } from "./revoking.ts";
import type { Sealer } from "./sealing.ts";

/** "This was not me", said by a phone that was told of a new one. */
export interface Freeze {
  noticeId: string;
  /** The enrolment whose device key signed. */
  frozenBy: string;
  /** What it signed, kept sealed, and its SHA-256 (base64url). */
  proof: string;
  digest: string;
  now: Date;
}

/**
 * Stops a new phone in the caller's transaction: its certificate, and that of every phone that succeeded it since, is
 * revoked for good; what was under way ends. Needs Postgres and nothing else, as every revocation does.
 *
 * Said again, by this phone or another, it changes nothing: what the person set up since is left alone.
 * @returns what is revoked now or was before; `undefined` where no such notice waits for an answer of this phone
 */
export async function freeze(
  connection: Connection,
  sealer: Sealer,
  { noticeId, frozenBy, proof, digest, now }: Freeze,
): Promise<RevokedCertificate[] | undefined> {
  const question = { noticeId, enrolmentId: frozenBy, now };
  const about = await enrolmentInQuestion(connection, question);
  if (about === undefined) return undefined;
  const line = (await lockLineFrom(connection, about)).filter(({ state }) => state !== "ended");
  if (await isFrozen(connection, about)) return [];
  const target = { enrolmentIds: line.map(({ id }) => id) };
  const request = { target, reason: "privilegeWithdrawn", by: "person", proof, digest } as const;
  const { certificates } = await revoke(connection, sealer, request);
  for (const { id, state } of line) {
    if (state === "applied") {
      await endEnrolment(connection, id, "ended", "frozen");
      await audit(connection, "enrolment-ended", id, { why: "frozen" });
    } else {
      await storeFrozen(connection, id, frozenBy);
      await audit(connection, "enrolment-frozen", id, { by: frozenBy });
    }
  }
  return certificates;
}
