import type { Connection } from "../database.ts";
import { hasHappened, isUnderConsent } from "./security-events.ts";

/** Which of a party's events to send again. */
export interface Requeued {
  partyId: string;
  states: readonly ReplayableState[];
  /** Only these; at most `limit`. */
  jtis?: readonly string[] | undefined;
  /** From this time on, and before that one: of the delivery, or of the occurrence if the event was not delivered. */
  from?: Date | undefined;
  until?: Date | undefined;
  /** Delivered events: not those delivered before. */
  deliveredSince: Date;
  /** Only events after this one of the party. */
  after?: string | undefined;
  limit: number;
  now: Date;
}

export type ReplayableState = "dead-lettered" | "delivered";

/** An event that is on its way again, and what it was before. */
export interface RequeuedEvent {
  jti: string;
  was: ReplayableState;
  notificationId: string | null;
}

const chosen = `e.party_id = $1 and e.state = any($2) and e.subject is not null
  and ($3::uuid[] is null or e.jti = any($3))
  and ($4::timestamptz is null or
    case e.state when 'delivered' then e.delivered_at else coalesce(e.happened_at, e.created_at) end >= $4)
  and ($5::timestamptz is null or
    case e.state when 'delivered' then e.delivered_at else coalesce(e.happened_at, e.created_at) end < $5)
  and (e.state <> 'delivered' or e.delivered_at >= $6)
  and ($7::uuid is null or e.position > (select a.position from security_events a where a.jti = $7 and a.party_id = $1))
  and ${hasHappened("e", "$8")} and ${isUnderConsent("e", "$8")}`;

/**
 * Marks a party's dead-lettered or delivered events about persons as pending again, oldest first, while their consents are in
 * force. `delivered_at` stays until they are delivered again. Locks the rows of their notifications first (the global lock order
 * is consent, notification, event).
 */
export async function requeueEvents(connection: Connection, wanted: Requeued): Promise<RequeuedEvent[]> {
  const { partyId, states, jtis, from, until, deliveredSince, after, limit, now } = wanted;
  await connection.query({
    name: "lock-notifications-of-requeued",
    text: `select 1 from notifications where id in (
             select e.notification_id from security_events e where ${chosen} order by e.position limit $9)
           order by id for update`,
    values: [
      partyId,
      states,
      jtis ?? null,
      from ?? null,
      until ?? null,
      deliveredSince,
      after ?? null,
      now,
      limit,
    ],
  });
  const { rows } = await connection.query<RequeuedEvent>({
    name: "requeue-events",
    text: `with chosen as (
             select e.jti, e.position, e.state from security_events e where ${chosen}
             order by e.position limit $9 for update),
           requeued as (
             update security_events e set state = 'pending', last_error = null, next_attempt_at = null
             from chosen c where e.jti = c.jti
             returning e.jti, c.position, c.state as was, e.notification_id as "notificationId")
           select jti, was, "notificationId" from requeued order by position`,
    values: [
      partyId,
      states,
      jtis ?? null,
      from ?? null,
      until ?? null,
      deliveredSince,
      after ?? null,
      now,
      limit,
    ],
  });
  return rows;
}
