import { type Connection, first } from "../database.ts";

/** A stream's bearer token, known by its SHA-256 alone. */
export interface StreamToken {
  sha256: Uint8Array;
  streamId: string;
  expiresAt: Date;
}

export async function storeStreamToken(
  connection: Connection,
  { sha256, streamId, expiresAt }: StreamToken,
): Promise<void> {
  await connection.query("insert into stream_tokens (sha256, stream_id, expires_at) values ($1, $2, $3)", [
    sha256,
    streamId,
    expiresAt,
  ]);
}

/** Lets the newest token of a stream end at the time at the latest, and removes all others. */
export async function retireStreamTokens(
  connection: Connection,
  streamId: string,
  endsAt: Date,
): Promise<void> {
  await connection.query(
    `delete from stream_tokens where stream_id = $1 and sha256 <> (
       select sha256 from stream_tokens where stream_id = $1 order by created_at desc, sha256 limit 1)`,
    [streamId],
  );
  await connection.query("update stream_tokens set expires_at = least(expires_at, $2) where stream_id = $1", [
    streamId,
    endsAt,
  ]);
}

/** Removes all tokens of a stream; returns how many there were. */
export async function removeStreamTokens(connection: Connection, streamId: string): Promise<number> {
  const { rowCount } = await connection.query("delete from stream_tokens where stream_id = $1", [streamId]);
  return rowCount ?? 0;
}

/** The stream of a token that has not expired, if the stream still allows it and the party still has a client. */
export async function findTokenStream(
  connection: Connection,
  sha256: Uint8Array,
  now: Date,
): Promise<{ streamId: string; partyId: string } | undefined> {
  return first(
    await connection.query<{ streamId: string; partyId: string }>({
      name: "find-token-stream",
      text: `select s.id as "streamId", s.party_id as "partyId" from stream_tokens t join streams s on s.id = t.stream_id
             where t.sha256 = $1 and t.expires_at > greatest(now(), $2) and s.bearer_polling
               and exists (select 1 from party_clients c where c.party_id = s.party_id)`,
      values: [sha256, now],
    }),
  );
}
