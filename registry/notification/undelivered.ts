import type { Connection } from "../database.ts";
import { hasHappened } from "./security-events.ts";

/** An undelivered event, with the consent and version of its notification if it has one. */
export interface Undelivered {
  jti: string;
  event: string;
  notificationId?: string;
  consentId?: string;
  version?: number;
}

interface Row {
  jti: string;
  event: string;
  notificationId: string | null;
  consentId: string | null;
  version: number | null;
}

/**
 * Locks a party's undelivered events that have happened, oldest first, after the rows of their notifications (the global lock
 * order is consent, notification, event), until the transaction ends.
 */
export async function lockUndelivered(
  connection: Connection,
  partyId: string,
  now: Date,
): Promise<Undelivered[]> {
  await connection.query({
    name: "lock-notifications-of-undelivered",
    text: `select 1 from notifications where id in (
             select notification_id from security_events e
             where party_id = $1 and state = 'pending' and ${hasHappened("e", "$2")})
           order by id for update`,
    values: [partyId, now],
  });
  const { rows } = await connection.query<Row>({
    name: "lock-undelivered",
    text: `select e.jti, e.event, e.notification_id as "notificationId", n.consent_id as "consentId", n.version
           from security_events e left join notifications n on n.id = e.notification_id
           where e.party_id = $1 and e.state = 'pending' and ${hasHappened("e", "$2")}
           order by e.position for update of e`,
    values: [partyId, now],
  });
  return rows.map(({ jti, event, notificationId, consentId, version }) => ({
    jti,
    event,
    ...(notificationId === null ? {} : { notificationId }),
    ...(consentId === null ? {} : { consentId }),
    ...(version === null ? {} : { version }),
  }));
}

/** Cancels one undelivered event; `code` is our own. */
export async function cancelUndelivered(connection: Connection, jti: string, code: string): Promise<void> {
  await connection.query({
    name: "cancel-undelivered",
    text: "update security_events set state = 'cancelled', last_error = $2 where jti = $1 and state = 'pending'",
    values: [jti, code],
  });
}
