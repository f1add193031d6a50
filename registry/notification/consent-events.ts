import type { Connection } from "../database.ts";

/** Undelivered events of a consent itself, without a notification, oldest first. */
export async function pendingEventsOf(connection: Connection, consentId: string): Promise<string[]> {
  const { rows } = await connection.query<{ jti: string }>({
    name: "pending-events-of-consent",
    text: `select jti from security_events where consent_id = $1 and notification_id is null and state = 'pending'
           order by position`,
    values: [consentId],
  });
  return rows.map(({ jti }) => jti);
}

/**
 * Cancels such events, or one of them; returns those that were not delivered. The caller holds the lock of the consent's row.
 */
export async function cancelEventsOf(
  connection: Connection,
  consentId: string,
  jti?: string,
): Promise<string[]> {
  const { rows } = await connection.query<{ jti: string }>({
    name: "cancel-events-of-consent",
    text: `update security_events set state = 'cancelled'
           where consent_id = $1 and ($2::uuid is null or jti = $2) and notification_id is null
             and state in ('pending', 'dead-lettered') returning jti`,
    values: [consentId, jti ?? null],
  });
  return rows.map(({ jti }) => jti);
}

/** Whether such an event notified a party of a version. */
export async function isAnnounced(
  connection: Connection,
  { consentId, partyId, version }: { consentId: string; partyId: string; version: number },
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "is-version-announced",
    text: `select 1 from security_events where consent_id = $1 and party_id = $2 and notification_id is null
             and state <> 'cancelled' and claims->'anchor_version' = to_jsonb($3::integer) limit 1`,
    values: [consentId, partyId, version],
  });
  return rowCount === 1;
}
