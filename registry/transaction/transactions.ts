import { createHash } from "node:crypto";
import { type Connection, first } from "../database.ts";
import type { Sealer } from "../sealing.ts";

/** The row of a transaction that a party asked a person to sign. */
export interface Transaction {
  id: string;
  partyId: string;
  clientId: string;
  contentSha256: string;
  state: "open" | "signed" | "declined";
  enrolmentId: string | null;
  timeStampedAt: Date | null;
  createdAt: Date;
  expiresAt: Date;
  decidedAt: Date | null;
}

const columns = `id, party_id as "partyId", client_id as "clientId", content_sha256 as "contentSha256", state,
  enrolment_id as "enrolmentId", time_stamped_at as "timeStampedAt", created_at as "createdAt",
  expires_at as "expiresAt", decided_at as "decidedAt"`;

type Column = "content" | "signature" | "time_stamped";
const rowOf = (id: string, column: Column): string => `transactions/${id}/${column}`;

/** Stores the text to be signed, before the person is asked. */
export async function addTransaction(
  connection: Connection,
  sealer: Sealer,
  transaction: Pick<Transaction, "id" | "partyId" | "clientId" | "createdAt" | "expiresAt"> & {
    content: string;
  },
): Promise<void> {
  const { id, partyId, clientId, content, createdAt, expiresAt } = transaction;
  await connection.query({
    name: "add-transaction",
    text: `insert into transactions (id, party_id, client_id, content, content_sha256, created_at, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7)`,
    values: [
      id,
      partyId,
      clientId,
      sealer.seal(Buffer.from(content), rowOf(id, "content")),
      createHash("sha256").update(content).digest("base64url"),
      createdAt,
      expiresAt,
    ],
  });
}

export async function findTransaction(connection: Connection, id: string): Promise<Transaction | undefined> {
  return first(
    await connection.query<Transaction>({
      name: "find-transaction",
      text: `select ${columns} from transactions where id = $1`,
      values: [id],
    }),
  );
}

/** Like {@link findTransaction}, and locks the row until the database transaction ends. */
export async function lockTransaction(connection: Connection, id: string): Promise<Transaction | undefined> {
  return first(
    await connection.query<Transaction>({
      name: "lock-transaction",
      text: `select ${columns} from transactions where id = $1 for update`,
      values: [id],
    }),
  );
}

/** The signed text. */
export async function readTransactionContent(
  connection: Connection,
  sealer: Sealer,
  id: string,
): Promise<string> {
  const content = await openColumn(connection, sealer, id, "content");
  if (!content) throw new Error("A transaction that was just found is missing.");
  return content.toString();
}

/** The signature, with its time-stamp if it has one; CMS, DER. */
export async function readTransactionSignature(
  connection: Connection,
  sealer: Sealer,
  id: string,
): Promise<Buffer | undefined> {
  return (
    (await openColumn(connection, sealer, id, "time_stamped")) ??
    (await openColumn(connection, sealer, id, "signature"))
  );
}

const reading = {
  content: "select content as sealed from transactions where id = $1",
  signature: "select signature as sealed from transactions where id = $1",
  time_stamped: "select time_stamped as sealed from transactions where id = $1",
};

async function openColumn(
  connection: Connection,
  sealer: Sealer,
  id: string,
  column: Column,
): Promise<Buffer | undefined> {
  const row = first(
    await connection.query<{ sealed: Buffer | null }>({
      name: `read-transaction-${column}`,
      text: reading[column],
      values: [id],
    }),
  );
  return row?.sealed ? sealer.open(row.sealed, rowOf(id, column)) : undefined;
}

/** Stores the signature of an open transaction whose row is locked. */
export async function storeSignature(
  connection: Connection,
  sealer: Sealer,
  { id, enrolmentId, cms, at }: { id: string; enrolmentId: string; cms: Uint8Array; at: Date },
): Promise<void> {
  const { rowCount } = await connection.query({
    name: "store-transaction-signature",
    text: `update transactions set state = 'signed', enrolment_id = $2, signature = $3, decided_at = $4
           where id = $1 and state = 'open'`,
    values: [id, enrolmentId, sealer.seal(cms, rowOf(id, "signature")), at],
  });
  if (rowCount !== 1) throw new Error("A transaction was signed without locking its row.");
}

export async function declineTransaction(connection: Connection, id: string, at: Date): Promise<void> {
  await connection.query({
    name: "decline-transaction",
    text: "update transactions set state = 'declined', decided_at = $2 where id = $1 and state = 'open'",
    values: [id, at],
  });
}

/** Stores the signature with its time-stamp; the first stored one is kept. */
export async function storeTimeStamped(
  connection: Connection,
  sealer: Sealer,
  { id, cms, at }: { id: string; cms: Uint8Array; at: Date },
): Promise<void> {
  await connection.query({
    name: "store-transaction-time-stamp",
    text: `update transactions set time_stamped = $2, time_stamped_at = $3
           where id = $1 and state = 'signed' and time_stamped is null`,
    values: [id, sealer.seal(cms, rowOf(id, "time_stamped")), at],
  });
}
