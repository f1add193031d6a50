import type { Connection as Sql } from "./database.ts";
import type { Transmitter } from "./security-event.ts";

/** The bank's stream at the CA. */
export interface Connection extends Transmitter {
  streamId: string;
  method: "push" | "poll";
  /** The polling URL (RFC 8936); null for push. */
  pollEndpoint: string | null;
  streamStatus: string;
  connectedAt: Date;
  /** When the requested verification event arrived; null until then. */
  verifiedAt: Date | null;
}

/** The bank's stream, or `undefined` before the first connection. */
export async function findConnection(sql: Sql): Promise<Connection | undefined> {
  const { rows } = await sql.query<Connection>(
    `select stream_id as "streamId", method, issuer, audience, jwks_uri as "jwksUri",
            poll_endpoint as "pollEndpoint", stream_status as "streamStatus", connected_at as "connectedAt",
            verified_at as "verifiedAt"
     from connection`,
  );
  return rows[0];
}

/** Stores a newly agreed stream, with the `state` of the verification to be requested. */
export async function keepConnection(
  sql: Sql,
  stream: Omit<Connection, "connectedAt" | "verifiedAt">,
  verificationState: string,
): Promise<void> {
  const { streamId, method, issuer, audience, jwksUri, pollEndpoint, streamStatus } = stream;
  await sql.query(
    `insert into connection (stream_id, method, issuer, audience, jwks_uri, poll_endpoint, stream_status,
                             verification_state, connected_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, now())
     on conflict (only_row) do update
     set stream_id = $1, method = $2, issuer = $3, audience = $4, jwks_uri = $5, poll_endpoint = $6,
         stream_status = $7, verification_state = $8, connected_at = now(), verified_at = null`,
    [streamId, method, issuer, audience, jwksUri, pollEndpoint, streamStatus, verificationState],
  );
}

/** Records that the requested verification has arrived. `false` if none was requested. */
export async function noteVerification(sql: Sql, state: string | undefined): Promise<boolean> {
  const { rowCount } = await sql.query(
    "update connection set verified_at = now() where verification_state = $1",
    [state ?? null],
  );
  return rowCount === 1;
}

/** Stores the stream's status at the transmitter: enabled, paused or disabled. */
export async function noteStreamStatus(sql: Sql, status: string): Promise<void> {
  await sql.query("update connection set stream_status = $1", [status]);
}
