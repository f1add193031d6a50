import { randomUUID } from "node:crypto";
import { labels } from "../../protocol/labels.ts";
import {
  longestTransaction,
  type TransactionContent,
  type TransactionDetail,
} from "../../protocol/transaction.ts";
import type { Connection } from "../../registry/database.ts";
import type { Party } from "../../registry/party/parties.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { addTransaction } from "../../registry/transaction/transactions.ts";

/** Stores the text that a person will be shown and sign. */
export async function beginTransaction(
  connection: Connection,
  sealer: Sealer,
  {
    detail,
    party,
    clientId,
    now,
    expiresAt,
  }: { detail: TransactionDetail; party: Party; clientId: string; now: Date; expiresAt: Date },
): Promise<{ id: string; content: string }> {
  const id = randomUUID();
  const { shown, document } = detail;
  const signed: TransactionContent = {
    type: labels.transaction,
    transactionId: id,
    party: { id: party.id, name: party.name },
    shown,
    ...(document ? { document } : {}),
    requestedAt: now.toISOString(),
  };
  const content = JSON.stringify(signed);
  if (content.length > longestTransaction)
    throw new Error("A transaction that passed its schema is too long.");
  await addTransaction(connection, sealer, {
    id,
    clientId,
    content,
    expiresAt,
    partyId: party.id,
    createdAt: now,
  });
  return { id, content };
}
