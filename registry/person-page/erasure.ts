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
