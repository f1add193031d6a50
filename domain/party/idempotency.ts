import type { Connection } from "../../registry/database.ts";
import {
  findHeldRequest,
  type KeptAnswer,
  type KeyedRequest,
  takeKey,
} from "../../registry/party/idempotent-answers.ts";
import type { Sealer } from "../../registry/sealing.ts";

/** How long an answer is kept, milliseconds. */
export const keptMs = 24 * 3_600_000;
/** How long after the death of its process a request may be carried out by another process, milliseconds. */
export const abandonedMs = 2 * 60_000;

export type Claim =
  /** A new request: carry it out, then store its answer or release its key. */
  | { state: "ours" }
  | { state: "answered"; answer: KeptAnswer }
  | { state: "under-way" }
  /** The key was used for another request. */
  | { state: "reused" };

/** Claims a key for a request. Of several concurrent requests one is carried out; the others get its answer, or wait for it. */
export async function claimKey(
  connection: Connection,
  sealer: Sealer,
  request: KeyedRequest,
  now: Date,
): Promise<Claim> {
  const before = (ms: number) => new Date(now.getTime() - ms);
  if (await takeKey(connection, request, { now, keptSince: before(keptMs), begunSince: before(abandonedMs) }))
    return { state: "ours" };
  const held = await findHeldRequest(connection, sealer, request);
  // Just released: a repeated request can claim it.
  if (!held) return { state: "under-way" };
  if (!held.requestSha256.equals(request.requestSha256)) return { state: "reused" };
  return held.answer ? { state: "answered", answer: held.answer } : { state: "under-way" };
}
