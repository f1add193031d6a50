import type { Connection } from "../database.ts";
import { micros, moment, type Page, pageOf } from "./page.ts";

/** An enrolment as the console lists it: ids only. */
export interface ListedEnrolment {
  id: string;
  personId: string;
  partyId: string;
  state: string;
  createdAt: Date;
  /** A page that begins after this row is asked for by it. */
  cursor: string;
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
  const { rows } = await connection.query<ListedEnrolment>(
    `select id, person_id as "personId", party_id as "partyId", state, created_at as "createdAt",
       ${micros("created_at")} || '_' || id as cursor
     from enrolments where ${where.join(" and ")} order by created_at desc, id desc limit $1`,
    values,
  );
  return pageOf(rows, wanted.limit, ({ cursor }) => cursor);
}
