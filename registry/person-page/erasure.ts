import { randomUUID } from "node:crypto";
import type { ErasureReason } from "../../protocol/operation.ts";
import { type Connection, first } from "../database.ts";
import type { Sealer } from "../sealing.ts";

/** `declined`: operators do not carry it out, and give the reason. */
export type ErasureState = "open" | "taken-back" | "done" | "declined";

/** Records a person's request for erasure. False if one is open already. */
export async function askErasure(
  connection: Connection,
  { personId, visitId, now }: { personId: string; visitId: string; now: Date },
): Promise<string | undefined> {
  const id = randomUUID();
  const { rowCount } = await connection.query({
    name: "ask-erasure",
    text: `insert into erasure_requests (id, person_id, visit_id, asked_at) values ($1, $2, $3, $4)
           on conflict (person_id) where state = 'open' do nothing`,
    values: [id, personId, visitId, now],
  });
  return rowCount === 1 ? id : undefined;
}

/** Withdraws the person's request: returns the ids of what was open. */
export async function takeBackErasure(
  connection: Connection,
  { personId, now }: { personId: string; now: Date },
): Promise<string[]> {
  const { rows } = await connection.query<{ id: string }>({
    name: "take-back-erasure",
    text: `update erasure_requests set state = 'taken-back', closed_at = $2
           where person_id = $1 and state = 'open' returning id`,
    values: [personId, now],
  });
  return rows.map(({ id }) => id);
}

/** Open requests for operators, oldest first. */
export async function openErasures(
  connection: Connection,
  limit: number,
): Promise<{ id: string; personId: string; askedAt: Date }[]> {
  const { rows } = await connection.query<{ id: string; personId: string; askedAt: Date }>({
    name: "open-erasures",
    text: `select id, person_id as "personId", asked_at as "askedAt" from erasure_requests
           where state = 'open' order by asked_at, id limit $1`,
    values: [limit],
  });
  return rows;
}

/** The row of a request, locked until the transaction ends. */
export async function lockErasure(
  connection: Connection,
  id: string,
): Promise<{ state: ErasureState; operationId: string | null } | undefined> {
  return first(
    await connection.query<{ state: ErasureState; operationId: string | null }>({
      name: "lock-erasure",
      text: `select state, operation_id as "operationId" from erasure_requests where id = $1 for update`,
      values: [id],
    }),
  );
}

/** Closes a request whose row is locked, and stores, sealed, what operators approved. */
export async function closeErasure(
  connection: Connection,
  sealer: Sealer,
  closed: {
    id: string;
    state: "done" | "declined";
    reason: ErasureReason | null;
    operationId: string;
    proof: string;
    now: Date;
  },
): Promise<void> {
  const { id, state, reason, operationId, proof, now } = closed;
  await connection.query({
    name: "close-erasure",
    text: `update erasure_requests set state = $2, reason = $3, operation_id = $4, proof = $5, closed_at = $6
           where id = $1 and state = 'open'`,
    values: [
      id,
      state,
      reason,
      operationId,
      sealer.seal(Buffer.from(proof), `erasure_requests/${id}/proof`),
      now,
    ],
  });
}
