import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { Refusal } from "../../domain/refusal.ts";
import {
  type TimeStampAuthority,
  TimeStampUnavailable,
  timeStamped,
} from "../../domain/transaction/time-stamp.ts";
import { type TransactionState, transactionState } from "../../protocol/transaction.ts";
import { findEnrolment } from "../../registry/issuance/enrolments.ts";
import type { Sealer } from "../../registry/sealing.ts";
import {
  findTransaction,
  readTransactionSignature,
  storeTimeStamped,
  type Transaction,
} from "../../registry/transaction/transactions.ts";
import { byParty, described, json, refused } from "../openapi/described.ts";
import { type PartyTokenDeps, requireParty } from "../openid/party-token.ts";

export interface TransactionsDeps extends PartyTokenDeps {
  sealer: Sealer;
  clock: () => Date;
  /** The authority that time-stamps signatures; without one they are returned as the phone made them. */
  timeStampAuthority?: TimeStampAuthority | undefined;
}

/**
 * `GET /v1/transactions/<id>`: the state of a transaction, and the signature. If a time-stamp authority is configured the
 * signature is returned only with its time-stamp: while the authority is unavailable, TRY_AGAIN.
 */
export function transactionsRoute(server: FastifyInstance, deps: TransactionsDeps): void {
  server.get<{ Params: { id: string } }>(
    "/v1/transactions/:id",
    described({
      ...byParty("transactions"),
      summary: "The state of a transaction, and its signature",
      params: z.object({ id: z.uuid() }),
      response: { 200: json("The transaction", transactionState), ...refused },
    }),
    async (request): Promise<TransactionState> => {
      const { partyId } = await requireParty(deps, request, "transactions");
      const id = z.uuid().safeParse(request.params.id);
      const found = id.success ? await findTransaction(deps.pool, id.data) : undefined;
      // Another party's transaction is indistinguishable from not found.
      if (found?.partyId !== partyId)
        throw new Refusal({ code: "NOT_FOUND", detail: "This party has no transaction of this id." });
      return transactionState.parse(await stateOf(deps, found));
    },
  );
}

async function stateOf(deps: TransactionsDeps, found: Transaction): Promise<TransactionState> {
  const { id: transactionId, state, enrolmentId, decidedAt, expiresAt } = found;
  if (state === "open") return { transactionId, state: expiresAt <= deps.clock() ? "expired" : "open" };
  if (state === "declined" || !enrolmentId || !decidedAt) return { transactionId, state: "declined" };
  const [{ cms, at }, enrolment] = await Promise.all([
    signatureOf(deps, found),
    findEnrolment(deps.pool, enrolmentId),
  ]);
  return {
    transactionId,
    state,
    ...(enrolment ? { sub: enrolment.pseudonym } : {}),
    signedAt: decidedAt.toISOString(),
    ...(at ? { timeStampedAt: at.toISOString() } : {}),
    signature: Buffer.from(cms).toString("base64url"),
  };
}

async function signatureOf(
  { pool, sealer, timeStampAuthority }: TransactionsDeps,
  { id, timeStampedAt }: Transaction,
): Promise<{ cms: Uint8Array; at: Date | undefined }> {
  const cms = await readTransactionSignature(pool, sealer, id);
  if (!cms) throw new Error("A signed transaction has no signature; the registry is damaged.");
  if (timeStampedAt || !timeStampAuthority) return { cms, at: timeStampedAt ?? undefined };
  try {
    await storeTimeStamped(pool, sealer, { id, ...(await timeStamped(cms, timeStampAuthority)) });
  } catch (error) {
    if (!(error instanceof TimeStampUnavailable)) throw error;
    throw new Refusal({ code: "TRY_AGAIN", detail: `${error.message} The signature is stored.` });
  }
  // For concurrent requests the first stored time-stamp is used.
  const [kept, stored] = await Promise.all([
    readTransactionSignature(pool, sealer, id),
    findTransaction(pool, id),
  ]);
  return { cms: kept ?? cms, at: stored?.timeStampedAt ?? undefined };
}
