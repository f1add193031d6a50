import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type Connection, first } from "../database.ts";
import type { Sealer } from "../sealing.ts";

/** A revoked card certificate of a person we know. */
export interface CardRevocation {
  id: string;
  reference: Buffer;
  personId: string;
  /** CRLReason by its name in RFC 5280 §5.3.1. It does not leave the CA (公的個人認証法 §52). */
  reason: string;
  state: "waiting" | "dispatched" | "settled" | "operator";
  certificate: { issuerKeyId: string; serial: string };
}

const certificateSchema = z.object({ issuerKeyId: z.string(), serial: z.string() });
const rowOf = (id: string): string => `card-revocations/${id}`;

/** The known card certificates among these, and their persons. */
export async function findKnownCards(
  connection: Connection,
  references: Uint8Array[],
): Promise<{ reference: Buffer; personId: string }[]> {
  const { rows } = await connection.query<{ reference: Buffer; personId: string }>({
    name: "find-our-cards",
    text: `select reference, person_id as "personId" from card_certificates where reference = any($1::bytea[])`,
    values: [references],
  });
  return rows;
}

/** Stores a revocation once; false if it is known. */
export async function addCardRevocation(
  connection: Connection,
  sealer: Sealer,
  found: Omit<CardRevocation, "id" | "state"> & { foundAt: Date },
): Promise<boolean> {
  const id = randomUUID();
  const { rowCount } = await connection.query({
    name: "add-card-revocation",
    text: `insert into card_revocations (id, reference, person_id, reason, sealed, found_at)
           values ($1, $2, $3, $4, $5, $6) on conflict (reference) do nothing`,
    values: [
      id,
      found.reference,
      found.personId,
      found.reason,
      sealer.seal(Buffer.from(JSON.stringify(found.certificate)), rowOf(id)),
      found.foundAt,
    ],
  });
  return rowCount === 1;
}

export async function findCardRevocation(
  connection: Connection,
  sealer: Sealer,
  id: string,
): Promise<CardRevocation | undefined> {
  const row = first(
    await connection.query<Omit<CardRevocation, "certificate"> & { sealed: Buffer }>({
      name: "find-card-revocation",
      text: `select id, reference, person_id as "personId", reason, state, sealed from card_revocations where id = $1`,
      values: [id],
    }),
  );
  if (!row) return undefined;
  const { sealed, ...rest } = row;
  const certificate = certificateSchema.parse(JSON.parse(sealer.open(sealed, rowOf(id)).toString()));
  return { ...rest, certificate };
}

/** Revocations that are not dispatched yet, oldest first. */
export async function waitingRevocations(
  connection: Connection,
  limit: number,
): Promise<{ id: string; personId: string }[]> {
  const { rows } = await connection.query<{ id: string; personId: string }>({
    name: "waiting-revocations",
    text: `select id, person_id as "personId" from card_revocations where state = 'waiting'
           order by found_at, id limit $1`,
    values: [limit],
  });
  return rows;
}

/** The number of a person's card revocations that are not settled. */
export async function unsettledRevocations(connection: Connection, personId: string): Promise<number> {
  const { rows } = await connection.query<{ count: number }>(
    "select count(*)::int as count from card_revocations where person_id = $1 and state <> 'settled'",
    [personId],
  );
  return rows[0]?.count ?? 0;
}

/** Sets the state of a revocation; a settled one is unchanged. `outcome` is a code of ours, never a JPKI reason. */
export async function moveRevocation(
  connection: Connection,
  id: string,
  state: Exclude<CardRevocation["state"], "waiting">,
  outcome?: string,
): Promise<void> {
  await connection.query({
    name: "move-revocation",
    text: `update card_revocations set state = $2, outcome = coalesce($3, outcome),
             settled_at = case when $2 = 'settled' then now() end
           where id = $1 and state <> 'settled'`,
    values: [id, state, outcome ?? null],
  });
}

/** Whether a newer card certificate of the person is known. */
export async function hasNewerCard(
  connection: Connection,
  personId: string,
  reference: Uint8Array,
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "has-newer-card",
    text: `select 1 from card_certificates newer join card_certificates this on this.reference = $2
           where newer.person_id = $1 and newer.created_at > this.created_at
             and not exists (select 1 from card_revocations r where r.reference = newer.reference) limit 1`,
    values: [personId, reference],
  });
  return rowCount === 1;
}
