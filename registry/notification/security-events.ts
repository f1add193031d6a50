import * as z from "zod";
import { isInForce } from "../consent/in-force.ts";
import { type Connection, first } from "../database.ts";

/** A Security Event for a party (RFC 8417): without values, and in the order of creation. */
export interface NewSecurityEvent {
  jti: string;
  partyId: string;
  /** Event type URI. */
  event: string;
  /** The pairwise pseudonym; absent if the event is about no person. */
  subject?: string;
  notificationId?: string;
  /** The consent of the event, which is sent only while it is in force. */
  consentId?: string;
  claims: Record<string, unknown>;
  /** When the event happens, if not now; it is not sent before. */
  happenedAt?: Date;
  /** The enrolment whose issuance or end is the event. */
  enrolmentId?: string;
  /** The same for all events of one occurrence; absent: that of the notification, or the event's own id. */
  txn?: string;
}

export interface SecurityEvent extends Omit<NewSecurityEvent, "enrolmentId"> {
  /** Order of creation, as decimal text. */
  position: string;
  state: "pending" | "delivered" | "dead-lettered" | "cancelled";
  attempts: number;
  createdAt: Date;
}

const storedClaims = z.record(z.string(), z.unknown());

interface Row
  extends Omit<SecurityEvent, "claims" | "subject" | "notificationId" | "consentId" | "happenedAt" | "txn"> {
  claims: unknown;
  subject: string | null;
  notificationId: string | null;
  consentId: string | null;
  happenedAt: Date | null;
  txn: string | null;
}

const columns = `jti, party_id as "partyId", event, subject, notification_id as "notificationId", consent_id as "consentId", claims,
  position::text as position, state, attempts, created_at as "createdAt", happened_at as "happenedAt", txn`;

/** Whether an event has happened at the time in a parameter, or by the database clock. */
export const hasHappened = (event: string, now: string): string =>
  `(${event}.happened_at is null or ${event}.happened_at <= greatest(now(), ${now}))`;

/** Whether an event may be sent: one about a notification or a consent only while that consent is in force. */
export const isUnderConsent = (event: string, now: string): string =>
  `(${event}.consent_id is null or exists (select 1 from consents c where c.id = ${event}.consent_id and ${isInForce("c", now)}))
   and (${event}.notification_id is null or exists (select 1 from notifications n join consents c on c.id = n.consent_id
     where n.id = ${event}.notification_id and ${isInForce("c", now)}))`;

const fromRow = ({
  claims,
  subject,
  notificationId,
  consentId,
  happenedAt,
  txn,
  ...row
}: Row): SecurityEvent => ({
  ...row,
  claims: storedClaims.parse(claims),
  ...(txn === null ? {} : { txn }),
  ...(happenedAt === null ? {} : { happenedAt }),
  ...(subject === null ? {} : { subject }),
  ...(notificationId === null ? {} : { notificationId }),
  ...(consentId === null ? {} : { consentId }),
});

/** Stores an event in the transaction of its act. One for each notification: a repeated call changes nothing. */
export async function addSecurityEvent(connection: Connection, event: NewSecurityEvent): Promise<void> {
  const { jti, partyId, subject = null, notificationId = null, claims } = event;
  const { happenedAt = null, enrolmentId = null, consentId = null, txn = null } = event;
  await connection.query({
    name: "add-security-event",
    text: `insert into security_events (jti, party_id, event, subject, notification_id, claims, happened_at, enrolment_id,
             consent_id, txn) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
    values: [
      jti,
      partyId,
      event.event,
      subject,
      notificationId,
      JSON.stringify(claims),
      happenedAt,
      enrolmentId,
      consentId,
      txn,
    ],
  });
}

/** Moves the event of a revocation that takes effect earlier. */
export async function bringEventsForward(
  connection: Connection,
  enrolmentId: string,
  happenedAt: Date,
): Promise<void> {
  await connection.query(
    `update security_events set happened_at = $2
     where enrolment_id = $1 and state = 'pending' and happened_at > $2`,
    [enrolmentId, happenedAt],
  );
}

const reading = {
  "find-security-event": `select ${columns} from security_events where jti = $1`,
  "lock-security-event": `select ${columns} from security_events where jti = $1 for update`,
  "find-event-of": `select ${columns} from security_events where notification_id = $1`,
};

export async function findSecurityEvent(
  connection: Connection,
  jti: string,
): Promise<SecurityEvent | undefined> {
  return read(connection, "find-security-event", jti);
}

/**
 * Like {@link findSecurityEvent}, and locks the row, after that of its notification, until the transaction ends: the global
 * lock order is consent, notification, event.
 */
export async function lockSecurityEvent(
  connection: Connection,
  jti: string,
): Promise<SecurityEvent | undefined> {
  await connection.query({
    name: "lock-notification-of-event",
    text: `select 1 from notifications
           where id = (select notification_id from security_events where jti = $1) for update`,
    values: [jti],
  });
  return read(connection, "lock-security-event", jti);
}

/** The event of a notification, if it exists. */
export async function findEventOf(
  connection: Connection,
  notificationId: string,
): Promise<SecurityEvent | undefined> {
  return read(connection, "find-event-of", notificationId);
}

async function read(connection: Connection, name: keyof typeof reading, id: string) {
  const row = first(await connection.query<Row>({ name, text: reading[name], values: [id] }));
  return row && fromRow(row);
}

/**
 * Whether an earlier event about the same person for the same party is undelivered. A dead letter blocks no later event,
 * because the party fetches the newest values anyway; nor does an event that has not happened yet, or one about an ended
 * consent.
 */
export async function earlierPending(
  connection: Connection,
  { partyId, subject, position }: SecurityEvent,
  now: Date,
): Promise<boolean> {
  if (subject === undefined) return false;
  const { rowCount } = await connection.query({
    name: "earlier-pending",
    text: `select 1 from security_events e where party_id = $1 and subject = $2 and position < $3
             and state = 'pending' and ${hasHappened("e", "$4")} and ${isUnderConsent("e", "$4")} limit 1`,
    values: [partyId, subject, position, now],
  });
  return rowCount === 1;
}

/**
 * The next events for a polling party: for each person only the oldest undelivered one, and an event about a notification or a
 * consent only while that consent is in force; none about a person whom the party has removed from its stream.
 */
export async function pendingFor(
  connection: Connection,
  wanted: { partyId: string; events: readonly string[]; limit: number; now: Date },
): Promise<SecurityEvent[]> {
  const { rows } = await connection.query<Row>({
    name: "pending-for",
    text: `select ${columns} from security_events e where party_id = $1 and state = 'pending' and event = any($2)
             and ${hasHappened("e", "$3")}
             and not exists (select 1 from security_events b where b.party_id = e.party_id and b.subject = e.subject
               and b.position < e.position and b.state = 'pending' and ${hasHappened("b", "$3")}
               and ${isUnderConsent("b", "$3")})
             and ${isUnderConsent("e", "$3")}
             and not exists (select 1 from removed_subjects r join streams s on s.id = r.stream_id
               where s.party_id = e.party_id and r.subject = e.subject)
           order by e.position limit $4`,
    values: [wanted.partyId, wanted.events, wanted.now, wanted.limit],
  });
  return rows.map(fromRow);
}

/** Marks an event as delivered, even if it was cancelled at that moment. */
export async function markDelivered(connection: Connection, jti: string): Promise<void> {
  await connection.query({
    name: "mark-delivered",
    text: `update security_events set state = 'delivered', delivered_at = now(), attempts = attempts + 1, last_error = null,
             next_attempt_at = null
           where jti = $1 and state <> 'delivered'`,
    values: [jti],
  });
}

/**
 * Records a failed attempt; `code` is our own code, never a party's text.
 * @param nextAttemptAt when it is tried again; absent: not by us
 */
export async function markFailed(
  connection: Connection,
  jti: string,
  code: string,
  nextAttemptAt?: Date,
): Promise<void> {
  await connection.query({
    name: "mark-failed",
    text: `update security_events set attempts = attempts + 1, last_error = $2, next_attempt_at = $3
           where jti = $1 and state = 'pending'`,
    values: [jti, code, nextAttemptAt ?? null],
  });
}

/** Dead-letters an event; it keeps its position and can be replayed. */
export async function deadLetter(connection: Connection, jti: string): Promise<void> {
  await connection.query(
    `update security_events set state = 'dead-lettered', next_attempt_at = null
     where jti = $1 and state = 'pending'`,
    [jti],
  );
}

/** Marks a dead letter as pending again. */
export async function reopenSecurityEvent(connection: Connection, jti: string): Promise<void> {
  await connection.query(
    "update security_events set state = 'pending' where jti = $1 and state = 'dead-lettered'",
    [jti],
  );
}

/** Cancels the event of a notification. False if it was delivered already. */
export async function cancelSecurityEvent(connection: Connection, notificationId: string): Promise<boolean> {
  const { rowCount } = await connection.query(
    `update security_events set state = 'cancelled'
     where notification_id = $1 and state in ('pending', 'dead-lettered')`,
    [notificationId],
  );
  return rowCount === 1;
}

/** Undelivered events of these types about one person for a party that have happened, oldest first. */
export async function pendingOf(
  connection: Connection,
  about: { partyId: string; subject: string; events: readonly string[]; now: Date },
): Promise<string[]> {
  const { rows } = await connection.query<{ jti: string }>({
    name: "pending-of",
    text: `select jti from security_events e
           where party_id = $1 and subject = $2 and event = any($3) and state = 'pending'
             and ${hasHappened("e", "$4")} order by position`,
    values: [about.partyId, about.subject, about.events, about.now],
  });
  return rows.map(({ jti }) => jti);
}

/** Dead letters of a party, oldest first, for replay by an operator. */
export async function replayable(connection: Connection, partyId: string): Promise<SecurityEvent[]> {
  const { rows } = await connection.query<Row>(
    `select ${columns} from security_events where party_id = $1 and state = 'dead-lettered' order by position`,
    [partyId],
  );
  return rows.map(fromRow);
}
