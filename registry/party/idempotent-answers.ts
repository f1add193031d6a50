import * as z from "zod";
import { type Connection, first } from "../database.ts";
import type { Sealer } from "../sealing.ts";

/** A request with an idempotency key of its party. */
export interface KeyedRequest {
  partyId: string;
  key: string;
  /** Digest of the request, 32 bytes. */
  requestSha256: Uint8Array;
}

const keptAnswer = z.object({ status: z.number().int(), body: z.looseObject({}).optional() });

export interface KeptAnswer {
  status: number;
  body?: object | undefined;
}

/** A request whose key is held: its digest, and its answer once there is one. */
export interface HeldRequest {
  requestSha256: Buffer;
  answer: KeptAnswer | undefined;
}

/**
 * Claims a key for a request, in whichever process: a key that is free, expired (`keptSince`), or held by the same request without an
 * answer (`begunSince`). Deletes some expired keys. False if the key is held.
 */
export async function takeKey(
  connection: Connection,
  { partyId, key, requestSha256 }: KeyedRequest,
  { now, keptSince, begunSince }: { now: Date; keptSince: Date; begunSince: Date },
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "take-idempotency-key",
    text: `with ended as (select party_id, key from idempotent_answers
                          where begun_at < $5 and (party_id, key) <> ($1, $2) limit 100 for update skip locked),
             swept as (delete from idempotent_answers a using ended e
                       where a.party_id = e.party_id and a.key = e.key)
           insert into idempotent_answers as held (party_id, key, request_sha256, begun_at) values ($1, $2, $3, $4)
           on conflict (party_id, key) do update
             set request_sha256 = excluded.request_sha256, begun_at = excluded.begun_at, answer = null
             where held.begun_at < $5
                or (held.answer is null and held.begun_at < $6 and held.request_sha256 = excluded.request_sha256)`,
    values: [partyId, key, Buffer.from(requestSha256), now, keptSince, begunSince],
  });
  return rowCount === 1;
}

/** The request that holds a key; `undefined` if there is none any more. */
export async function findHeldRequest(
  connection: Connection,
  sealer: Sealer,
  { partyId, key }: Pick<KeyedRequest, "partyId" | "key">,
): Promise<HeldRequest | undefined> {
  const row = first(
    await connection.query<{ requestSha256: Buffer; answer: Buffer | null }>({
      name: "find-held-request",
      text: `select request_sha256 as "requestSha256", answer from idempotent_answers where party_id = $1 and key = $2`,
      values: [partyId, key],
    }),
  );
  if (!row) return undefined;
  const { requestSha256, answer } = row;
  const opened = answer && sealer.open(answer, rowOf({ partyId, key })).toString();
  return { requestSha256, answer: opened === null ? undefined : keptAnswer.parse(JSON.parse(opened)) };
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

const rowOf = ({ partyId, key }: Pick<KeyedRequest, "partyId" | "key">): string =>
  `idempotent_answers:${partyId}:${key}`;
