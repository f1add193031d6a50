import type { Connection } from "./database.ts";
import type { SecurityEvent } from "./security-event.ts";

/** An event as stored in `events_received`. */
export interface StoredEvent extends SecurityEvent {
  position: string;
  attempts: number;
}

/** Stores an event; `false` if this `jti` was stored before. */
export async function storeEvent(
  connection: Connection,
  event: SecurityEvent,
  via: "push" | "poll",
): Promise<boolean> {
  const { jti, subject = null, claims } = event;
  const { rowCount } = await connection.query(
    `insert into events_received (jti, event, subject, claims, via) values ($1, $2, $3, $4, $5)
     on conflict (jti) do nothing`,
    [jti, event.event, subject, JSON.stringify(claims), via],
  );
  return rowCount === 1;
}

/** Unprocessed events, in order of arrival, after `position`. */
export async function unprocessedEvents(connection: Connection, position = "0"): Promise<StoredEvent[]> {
  const { rows } = await connection.query<StoredEvent>(
    `select position, jti, event, coalesce(subject, '') as subject, claims, attempts from events_received
     where state = 'stored' and position > $1 order by position limit 100`,
    [position],
  );
  return rows;
}

/** Marks an event as processed, in the transaction of its result. */
export async function settleEvent(connection: Connection, jti: string, outcome: string): Promise<void> {
  await connection.query(
    `update events_received set state = 'processed', outcome = $2, last_error = null, processed_at = now()
     where jti = $1`,
    [jti, outcome],
  );
}

/** Records that processing an event failed: it is retried. */
export async function noteFailure(connection: Connection, jti: string, error: string): Promise<void> {
  await connection.query(
    "update events_received set attempts = attempts + 1, last_error = $2 where jti = $1",
    [jti, error],
  );
}

/** The newest hundred events, newest first. */
export async function listEvents(connection: Connection): Promise<unknown[]> {
  const { rows } = await connection.query(
    `select jti, event, subject, claims, via, state, outcome, attempts, last_error as "lastError",
            received_at as "receivedAt", processed_at as "processedAt"
     from events_received order by position desc limit 100`,
  );
  return rows;
}
