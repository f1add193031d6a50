import { randomUUID } from "node:crypto";
import { eventTypes } from "../../protocol/events.ts";
import type { Connection } from "../../registry/database.ts";
import { type Enrolment, findEnrolment } from "../../registry/issuance/enrolments.ts";
import { addSecurityEvent, pendingOf } from "../../registry/notification/security-events.ts";
import { isListening } from "../../registry/notification/streams.ts";

/**
 * Records for the party, in the transaction of the replacement or revocation, that the person's key was replaced or
 * revoked (CAEP credential-change). The event has no reason, and is written only if the party subscribes to it.
 * @param at when a revocation takes effect: the party is not notified before
 */
export async function noteCredentialChange(
  connection: Connection,
  { id: enrolmentId, partyId, pseudonym: subject }: Pick<Enrolment, "id" | "partyId" | "pseudonym">,
  changeType: "update" | "revoke",
  at?: Date,
): Promise<void> {
  if (!(await isListening(connection, partyId, eventTypes.credentialChange))) return;
  await addSecurityEvent(connection, {
    jti: randomUUID(),
    partyId,
    event: eventTypes.credentialChange,
    subject,
    claims: { credential_type: "x509", change_type: changeType },
    enrolmentId,
    ...(at === undefined ? {} : { happenedAt: at }),
  });
}

/** Events of an enrolment that are due and not yet handed over to its party: their ids, in order. */
export async function pendingCredentialChanges(
  connection: Connection,
  enrolmentId: string,
  now: Date,
): Promise<string[]> {
  const enrolment = await findEnrolment(connection, enrolmentId);
  if (!enrolment) return [];
  const { partyId, pseudonym: subject } = enrolment;
  return pendingOf(connection, { partyId, subject, event: eventTypes.credentialChange, now });
}
