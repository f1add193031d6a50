import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Pool } from "pg";
import { claimKey } from "../domain/party/idempotency.ts";
import { Refusal } from "../domain/refusal.ts";
import { type KeptAnswer, keepAnswer, releaseKey } from "../registry/party/idempotent-answers.ts";
import type { Sealer } from "../registry/sealing.ts";

export interface IdempotencyDeps {
  pool: Pool;
  sealer: Sealer;
  clock: () => Date;
}

/** A structured string (RFC 8941 §3.3.3), or the same without quotes, as many clients send it. */
const keyForm = /^(?:"([\x21\x23-\x5b\x5d-\x7e]{8,128})"|([\x21\x23-\x5b\x5d-\x7e]{8,128}))$/;

/**
 * Carries out a party's request once if it has an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): the same
 * request with the same key gets the first answer for a day. A refusal is not stored, because it changed nothing. Call it after
 * the party is authenticated. Without a key it only runs `work`.
 * @throws Refusal IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_UNDER_WAY, MALFORMED_REQUEST; what `work` throws
 */
export async function idempotently(
  { pool, sealer, clock }: IdempotencyDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  partyId: string,
  work: () => Promise<KeptAnswer>,
): Promise<FastifyReply> {
  const key = keyOf(request);
  if (key === undefined) return send(reply, await work());
  const keyed = { partyId, key, requestSha256: digestOf(request) };
  const claim = await claimKey(pool, sealer, keyed, clock());
  switch (claim.state) {
    case "answered":
      return send(reply, claim.answer);
    case "under-way":
      throw new Refusal({
        code: "IDEMPOTENCY_KEY_UNDER_WAY",
        detail: "The request with this key has no answer yet.",
      });
    case "reused":
      throw new Refusal({
        code: "IDEMPOTENCY_KEY_REUSED",
        detail: "The key was used for a request with another method, address or body.",
      });
    case "ours":
      break;
  }
  const answer = await work().catch(async (error: unknown) => {
    await releaseKey(pool, keyed);
    throw error;
  });
  await keepAnswer(pool, sealer, keyed, answer);
  return send(reply, answer);
}

function keyOf({ headers }: FastifyRequest): string | undefined {
  const given = headers["idempotency-key"];
  if (given === undefined) return undefined;
  const [, quoted, bare] = keyForm.exec(String(given)) ?? [];
  const key = quoted ?? bare;
  if (key === undefined)
    throw new Refusal({
      code: "MALFORMED_REQUEST",
      detail:
        "Idempotency-Key is 8 to 128 visible characters without quotes or backslashes, for example a UUID.",
    });
  return key;
}

const digestOf = ({ method, url, body }: FastifyRequest): Buffer =>
  createHash("sha256")
    .update(JSON.stringify([method, url, body ?? null]))
    .digest();

const send = (reply: FastifyReply, { status, body }: KeptAnswer): FastifyReply =>
  reply.code(status).send(body);
