import type { Connection } from "../database.ts";
import type { Sealer } from "../sealing.ts";

/** A request with an idempotency key of its party. */
export interface KeyedRequest {
  partyId: string;
  key: string;
  /** Digest of the request, 32 bytes. */
  requestSha256: Uint8Array;
}

export interface KeptAnswer {
  status: number;
  body?: object | undefined;
}

export type Claim =
  /** A new request: carry it out, then keep or release the key. */
  | { state: "ours" }
  | { state: "answered"; answer: KeptAnswer }
  | { state: "under-way" }
  /** The key was used for another request. */
  | { state: "reused" };

/** How long an answer is kept; the same for a request whose process died, before another may carry it out. */
const kept = "1 day";
const abandoned = "2 minutes";

/** Claims a key for a request, in whichever process; deletes some expired keys. */
export async function claimKey(
  connection: Connection,
  sealer: Sealer,
  request: KeyedRequest,
  now: Date,
): Promise<Claim> {
  const { partyId, key, requestSha256 } = request;
  const { rowCount } = await connection.query({
    name: "claim-idempotency-key",
    text: `with ended as (select party_id, key from idempotent_answers
                          where begun_at < $4::timestamptz - interval '${kept}' and (party_id, key) <> ($1, $2)
                          limit 100 for update skip locked),
             swept as (delete from idempotent_answers a using ended e
                       where a.party_id = e.party_id and a.key = e.key)
           insert into idempotent_answers as held (party_id, key, request_sha256, begun_at) values ($1, $2, $3, $4)
           on conflict (party_id, key) do update
             set request_sha256 = excluded.request_sha256, begun_at = excluded.begun_at, answer = null
             where held.begun_at < $4::timestamptz - interval '${kept}'
                or (held.answer is null and held.begun_at < $4::timestamptz - interval '${abandoned}'
                    and held.request_sha256 = excluded.request_sha256)`,
    values: [partyId, key, Buffer.from(requestSha256), now],
  });
  if (rowCount === 1) return { state: "ours" };
  const { rows } = await connection.query<{ request_sha256: Buffer; answer: Buffer | null }>({
    name: "find-idempotent-answer",
    text: "select request_sha256, answer from idempotent_answers where party_id = $1 and key = $2",
    values: [partyId, key],
  });
  const [held] = rows;
  // Released at this moment: a repeated request can claim it.
  if (!held) return { state: "under-way" };
  if (!held.request_sha256.equals(requestSha256)) return { state: "reused" };
  if (held.answer === null) return { state: "under-way" };
  return { state: "answered", answer: JSON.parse(sealer.open(held.answer, rowOf(request)).toString()) };
}

/** Stores the answer of a request that was carried out. */
export async function keepAnswer(
  connection: Connection,
  sealer: Sealer,
  request: KeyedRequest,
  answer: KeptAnswer,
): Promise<void> {
  await connection.query({
    name: "keep-idempotent-answer",
    text: "update idempotent_answers set answer = $3 where party_id = $1 and key = $2",
    values: [request.partyId, request.key, sealer.seal(Buffer.from(JSON.stringify(answer)), rowOf(request))],
  });
}

/** Releases the key: the request was refused or failed, and may be repeated. */
export async function releaseKey(connection: Connection, { partyId, key }: KeyedRequest): Promise<void> {
  await connection.query({
    name: "release-idempotency-key",
    text: "delete from idempotent_answers where party_id = $1 and key = $2 and answer is null",
    values: [partyId, key],
  });
}

const rowOf = ({ partyId, key }: KeyedRequest): string => `idempotent_answers:${partyId}:${key}`;
