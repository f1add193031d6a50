import type { Connection } from "../database.ts";
import { micros, moment, type Page, pageOf } from "./page.ts";

/** An enrolment as the console lists it: ids only. */
export interface ListedEnrolment {
  id: string;
  personId: string;
  partyId: string;
  state: string;
  createdAt: Date;
}

interface Row extends ListedEnrolment {
  micros: string;
}

/** Enrolments, newest first, of one state or one party where that is asked for. */
export async function listEnrolments(
  connection: Connection,
  wanted: { state?: string; partyId?: string; before?: { micros: string; id: string }; limit: number },
): Promise<Page<ListedEnrolment>> {
  const values: unknown[] = [wanted.limit + 1];
  const where = ["true"];
  const place = (value: unknown) => `$${values.push(value)}`;
  if (wanted.state !== undefined) where.push(`state = ${place(wanted.state)}`);
  if (wanted.partyId !== undefined) where.push(`party_id = ${place(wanted.partyId)}`);
  if (wanted.before)
    where.push(
      `(created_at, id) < (${moment(place(wanted.before.micros))}, ${place(wanted.before.id)}::uuid)`,
    );
  const { rows } = await connection.query<Row>(
    `select id, person_id as "personId", party_id as "partyId", state, created_at as "createdAt",
       ${micros("created_at")} as micros
     from enrolments where ${where.join(" and ")} order by created_at desc, id desc limit $1`,
    values,
  );
  const { rows: shown, ...rest } = pageOf(rows, wanted.limit, (row) => `${row.micros}_${row.id}`);
  return { rows: shown.map(({ micros: _, ...row }) => row), ...rest };
}
