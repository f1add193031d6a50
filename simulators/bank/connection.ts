import type { Connection as Sql } from "./database.ts";
import type { Transmitter } from "./security-event.ts";

/** How the bank listens: the stream it has at the CA. */
export interface Connection extends Transmitter {
  streamId: string;
  method: "push" | "poll";
  /** Where events are polled from (RFC 8936); null for push. */
  pollEndpoint: string | null;
  streamStatus: string;
  connectedAt: Date;
  /** When the event came that was asked for to see that the stream works; null until then. */
  verifiedAt: Date | null;
}

/** The stream the bank has, or `undefined` before it has connected for the first time. */
export async function findConnection(sql: Sql): Promise<Connection | undefined> {
  const { rows } = await sql.query<Connection>(
    `select stream_id as "streamId", method, issuer, audience, jwks_uri as "jwksUri",
            poll_endpoint as "pollEndpoint", stream_status as "streamStatus", connected_at as "connectedAt",
            verified_at as "verifiedAt"
     from connection`,
  );
  return rows[0];
}

/** Keeps a stream just agreed on, with the `state` of the verification that will be asked for. */
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

/** Remembers that the verification asked for has come. `false` when no such one was asked for. */
export async function noteVerification(sql: Sql, state: string | undefined): Promise<boolean> {
  const { rowCount } = await sql.query(
    "update connection set verified_at = now() where verification_state = $1",
    [state ?? null],
  );
  return rowCount === 1;
}

/** Remembers what the transmitter says of the stream: enabled, paused or disabled. */
export async function noteStreamStatus(sql: Sql, status: string): Promise<void> {
  await sql.query("update connection set stream_status = $1", [status]);
}
