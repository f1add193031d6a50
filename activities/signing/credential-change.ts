import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { eventTypes } from "../../protocol/events.ts";
import type { Connection } from "../../registry/database.ts";
import { type Enrolment, findEnrolment } from "../../registry/enrolments.ts";
import { addSecurityEvent, pendingOf } from "../../registry/security-events.ts";
import { isListening } from "../../registry/streams.ts";

/**
 * Notes for the party, in the transaction of the replacement, that the person uses another key now: same subject, other
 * certificate (CAEP credential-change). Nothing of why, and nothing for a party that does not listen to it.
 */
export async function noteCredentialChange(
  connection: Connection,
  { partyId, pseudonym: subject }: Enrolment,
): Promise<void> {
  if (!(await isListening(connection, partyId, eventTypes.credentialChange))) return;
  await addSecurityEvent(connection, {
    jti: randomUUID(),
    partyId,
    event: eventTypes.credentialChange,
    subject,
    claims: { credential_type: "x509", change_type: "update" },
  });
}

/** Has what was noted for the party of an enrolment handed over. */
export async function announceCredentialChange(
  deps: { pool: Pool; transmit(jti: string): Promise<void> },
  enrolmentId: string,
): Promise<void> {
  const enrolment = await findEnrolment(deps.pool, enrolmentId);
  if (!enrolment) return;
  const { partyId, pseudonym: subject } = enrolment;
  const about = { partyId, subject, event: eventTypes.credentialChange };
  for (const jti of await pendingOf(deps.pool, about)) await deps.transmit(jti);
}
