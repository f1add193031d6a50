import { randomUUID } from "node:crypto";
import type { Connection } from "../database.ts";

/** Notes that a person asks to be erased. False where it is asked for already. */
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

/** The person takes it back: the ids of what was open. */
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

/** What operators have to do, oldest first. */
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

/** An operator has seen to a request. False where it is not open. */
export async function finishErasure(connection: Connection, id: string, now: Date): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "finish-erasure",
    text: "update erasure_requests set state = 'done', closed_at = $2 where id = $1 and state = 'open'",
    values: [id, now],
  });
  return rowCount === 1;
}
