import { randomUUID } from "node:crypto";
import { eventTypes } from "../../protocol/events.ts";
import type { RevocationReason } from "../../protocol/revocation.ts";
import type { Connection } from "../../registry/database.ts";
import { type Enrolment, findEnrolment } from "../../registry/issuance/enrolments.ts";
import { addSecurityEvent, pendingOf } from "../../registry/notification/security-events.ts";
import { isListening } from "../../registry/notification/streams.ts";

type Whose = Pick<Enrolment, "id" | "partyId" | "pseudonym">;

/** What the party learns of a certificate, by type of event; nothing of a card's status, or of a reason that our CRL does not have. */
interface Note {
  event: (typeof enrolmentEvents)[number];
  claims: Record<string, unknown>;
}

const enrolmentEvents = [
  eventTypes.credentialChange,
  eventTypes.sessionRevoked,
  eventTypes.credentialCompromise,
  eventTypes.accountDisabled,
  eventTypes.accountEnabled,
] as const;

/** `reason_admin` says no more than the event does: its receivers require one (CAEP Interoperability Profile 1.0, use cases). */
const said = {
  update: { en: "Another phone has replaced the earlier one.", ja: "別の端末に切り替わりました。" },
  revoke: { en: "The phone's certificate was revoked.", ja: "端末の証明書が失効しました。" },
} as const;

const credentialChange = (change_type: keyof typeof said): Note => ({
  event: eventTypes.credentialChange,
  claims: { credential_type: "x509", change_type, reason_admin: said[change_type] },
});

/**
 * Records for the party, in the transaction of the issuance, that a phone has taken the place of another (CAEP
 * credential-change), and that the person has one again if that other one had been stopped (RISC account-enabled). A phone that
 * replaces none is enrolled through the party's own app, which knows.
 */
export async function noteReplaced(
  connection: Connection,
  enrolment: Whose,
  { wasStopped }: { wasStopped: boolean },
): Promise<void> {
  const enabled: Note[] = wasStopped ? [{ event: eventTypes.accountEnabled, claims: {} }] : [];
  await note(connection, enrolment, [credentialChange("update"), ...enabled]);
}

/**
 * Records for the party, in the transaction of a revocation, what it means for the person's use of the party: the key is revoked
 * (CAEP credential-change), and what was logged in with it ends (CAEP session-revoked). A compromised key (RISC
 * credential-compromise) and a phone that the person or an operator has stopped (RISC account-disabled) are reported as such: both
 * are in our CRL.
 * @param at when the revocation takes effect: the party is not notified before
 */
export async function noteRevoked(
  connection: Connection,
  enrolment: Whose,
  { reason, isStop, at }: { reason: RevocationReason; isStop: boolean; at: Date },
): Promise<void> {
  const notes: Note[] = [
    credentialChange("revoke"),
    { event: eventTypes.sessionRevoked, claims: { reason_admin: said.revoke } },
  ];
  if (reason === "keyCompromise")
    notes.push({ event: eventTypes.credentialCompromise, claims: { credential_type: "x509" } });
  if (isStop) notes.push({ event: eventTypes.accountDisabled, claims: {} });
  await note(connection, enrolment, notes, at);
}

/** Stores the events to which the party subscribes, as of one occurrence. */
async function note(
  connection: Connection,
  { id: enrolmentId, partyId, pseudonym: subject }: Whose,
  notes: readonly Note[],
  at?: Date,
): Promise<void> {
  const txn = randomUUID();
  for (const { event, claims } of notes) {
    if (!(await isListening(connection, partyId, event))) continue;
    await addSecurityEvent(connection, {
      jti: randomUUID(),
      partyId,
      event,
      subject,
      claims,
      enrolmentId,
      txn,
      ...(at === undefined ? {} : { happenedAt: at }),
    });
  }
}

/** Events of an enrolment's person that are due and not yet handed over to its party: their ids, in order. */
export async function pendingEnrolmentEvents(
  connection: Connection,
  enrolmentId: string,
  now: Date,
): Promise<string[]> {
  const enrolment = await findEnrolment(connection, enrolmentId);
  if (!enrolment) return [];
  const { partyId, pseudonym: subject } = enrolment;
  return pendingOf(connection, { partyId, subject, events: enrolmentEvents, now });
}
