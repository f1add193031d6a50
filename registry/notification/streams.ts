import { randomUUID } from "node:crypto";
import type { IssuerName } from "../../protocol/issuer.ts";
import { type Connection, first } from "../database.ts";
import type { Sealer } from "../sealing.ts";

/** A party's event stream (Shared Signals Framework 1.0 §8.1.1). One for each party. */
export interface Stream {
  id: string;
  partyId: string;
  method: "push" | "poll";
  /** Push only: the URL. */
  endpoint?: string;
  /** Push only: the value of the authorization header that the party expects. */
  authorization?: string;
  /** Event type URIs. */
  eventsRequested: string[];
  alg: "ES256" | "RS256";
  /** How events name a person (RFC 9493). */
  subjectFormat: "opaque" | "iss_sub";
  /** In the format `iss_sub`: whose ID tokens name the person so. */
  subjectIssuer: IssuerName;
  /** Poll only: whether a bearer token of the stream may be used instead of a token bound to a key. */
  bearerPolling: boolean;
  description?: string;
  status: "enabled" | "paused" | "disabled";
  statusReason?: string;
}

/** `opaque` subjects, the issuer `openid` and no bearer tokens unless set otherwise. */
export type StreamSettings = Omit<
  Stream,
  "id" | "partyId" | "status" | "statusReason" | "subjectFormat" | "subjectIssuer" | "bearerPolling"
> &
  Partial<Pick<Stream, "subjectFormat" | "subjectIssuer" | "bearerPolling">>;

interface Row {
  id: string;
  party_id: string;
  method: Stream["method"];
  endpoint: string | null;
  authorization: Buffer | null;
  events_requested: string[];
  alg: Stream["alg"];
  subject_format: Stream["subjectFormat"];
  subject_issuer: IssuerName;
  bearer_polling: boolean;
  description: string | null;
  status: Stream["status"];
  status_reason: string | null;
}

const columns = `id, party_id, method, endpoint, "authorization", events_requested, alg, subject_format, subject_issuer, bearer_polling,
  description, status, status_reason`;

const rowOf = (id: string): string => `streams/${id}/authorization`;

function fromRow(sealer: Sealer, row: Row): Stream {
  return {
    id: row.id,
    partyId: row.party_id,
    method: row.method,
    eventsRequested: row.events_requested,
    alg: row.alg,
    subjectFormat: row.subject_format,
    subjectIssuer: row.subject_issuer,
    bearerPolling: row.bearer_polling,
    status: row.status,
    ...(row.endpoint === null ? {} : { endpoint: row.endpoint }),
    ...(row.authorization === null
      ? {}
      : { authorization: sealer.open(row.authorization, rowOf(row.id)).toString() }),
    ...(row.description === null ? {} : { description: row.description }),
    ...(row.status_reason === null ? {} : { statusReason: row.status_reason }),
  };
}

const valuesOf = (sealer: Sealer, id: string, settings: StreamSettings): unknown[] => [
  settings.method,
  settings.endpoint ?? null,
  settings.authorization === undefined ? null : sealer.seal(Buffer.from(settings.authorization), rowOf(id)),
  settings.eventsRequested,
  settings.alg,
  settings.description ?? null,
  settings.subjectFormat ?? "opaque",
  settings.bearerPolling ?? false,
  settings.subjectIssuer ?? "openid",
];

/** Creates the party's stream; `undefined` if it has one already. */
export async function createStream(
  connection: Connection,
  sealer: Sealer,
  partyId: string,
  settings: StreamSettings,
): Promise<Stream | undefined> {
  const id = randomUUID();
  const row = first(
    await connection.query<Row>(
      `insert into streams (id, party_id, method, endpoint, "authorization", events_requested, alg, description,
         subject_format, bearer_polling, subject_issuer)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (party_id) do nothing returning ${columns}`,
      [id, partyId, ...valuesOf(sealer, id, settings)],
    ),
  );
  return row && fromRow(sealer, row);
}

export async function findStream(
  connection: Connection,
  sealer: Sealer,
  partyId: string,
): Promise<Stream | undefined> {
  const row = first(
    await connection.query<Row>({
      name: "find-stream",
      text: `select ${columns} from streams where party_id = $1`,
      values: [partyId],
    }),
  );
  return row && fromRow(sealer, row);
}

/** Replaces the settings of the party's stream; `undefined` if there is none. */
export async function updateStream(
  connection: Connection,
  sealer: Sealer,
  stream: Stream,
  settings: StreamSettings,
): Promise<Stream | undefined> {
  const row = first(
    await connection.query<Row>(
      `update streams set method = $2, endpoint = $3, "authorization" = $4, events_requested = $5, alg = $6,
         description = $7, subject_format = $8, bearer_polling = $9, subject_issuer = $10, updated_at = now() where id = $1 returning ${columns}`,
      [stream.id, ...valuesOf(sealer, stream.id, settings)],
    ),
  );
  return row && fromRow(sealer, row);
}

export async function setStreamStatus(
  connection: Connection,
  id: string,
  status: Stream["status"],
  reason: string | undefined,
): Promise<void> {
  await connection.query(
    "update streams set status = $2, status_reason = $3, updated_at = now() where id = $1",
    [id, status, reason ?? null],
  );
}

/** Locks the row of a stream until the transaction ends; `undefined` if it was deleted. */
export async function lockStream(
  connection: Connection,
  id: string,
): Promise<Pick<Stream, "status" | "bearerPolling"> | undefined> {
  return first(
    await connection.query<Pick<Stream, "status" | "bearerPolling">>({
      name: "lock-stream",
      text: `select status, bearer_polling as "bearerPolling" from streams where id = $1 for update`,
      values: [id],
    }),
  );
}

/** Deletes the stream, with its bearer tokens. */
export async function deleteStream(connection: Connection, id: string): Promise<void> {
  await connection.query("delete from streams where id = $1", [id]);
}

/** Whether the party has a stream with these events, enabled or not. */
export async function isListening(connection: Connection, partyId: string, event: string): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "is-listening",
    text: "select 1 from streams where party_id = $1 and $2 = any(events_requested)",
    values: [partyId, event],
  });
  return rowCount === 1;
}
