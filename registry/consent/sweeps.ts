import type { Connection } from "../database.ts";
import { type Consent, consentColumns } from "./consents.ts";

/** Disclosures in force whose person has a newer version of the attribute record than the one decided about, by id after `after`. */
export async function consentsBehind(
  connection: Connection,
  after: string | undefined,
  limit: number,
): Promise<{ id: string; version: number }[]> {
  const { rows } = await connection.query<{ id: string; version: number }>({
    name: "consents-behind",
    text: `select c.id, a.version from consents c
           cross join lateral (select max(version) as version from anchors where person_id = c.person_id) a
           where c.kind = 'disclosure' and c.state = 'in-force' and a.version > c.settled_version
             and ($1::uuid is null or c.id > $1) order by c.id limit $2`,
    values: [after ?? null, limit],
  });
  return rows;
}

/** The same, for one person. */
export async function consentsBehindOf(
  connection: Connection,
  personId: string,
): Promise<{ id: string; version: number }[]> {
  const { rows } = await connection.query<{ id: string; version: number }>({
    name: "consents-behind-of",
    text: `select c.id, a.version from consents c
           cross join lateral (select max(version) as version from anchors where person_id = c.person_id) a
           where c.person_id = $1 and c.kind = 'disclosure' and c.state = 'in-force' and a.version > c.settled_version`,
    values: [personId],
  });
  return rows;
}

/** Consents with a step due by `before`: the workflow was lost, or is late. */
export async function consentsOverdue(
  connection: Connection,
  before: Date,
  after: string | undefined,
  limit: number,
): Promise<{ id: string }[]> {
  const { rows } = await connection.query<{ id: string }>({
    name: "consents-overdue",
    text: `select id from consents where state = 'in-force'
             and (valid_until < $1 or remind_at < $1 or (register_state = 'pending' and created_at < $1))
             and ($2::uuid is null or id > $2) order by id limit $3`,
    values: [before, after ?? null, limit],
  });
  return rows;
}

/** Consents that J-LIS holds, or held when they were withdrawn here, by id after `after`. */
export async function consentsAtRegister(
  connection: Connection,
  after: string | undefined,
  limit: number,
): Promise<Consent[]> {
  const { rows } = await connection.query<Consent>({
    name: "consents-at-register",
    text: `select ${consentColumns} from consents c
           where c.kind = 'register-refresh' and c.register_state in ('held', 'withdrawal-pending')
             and ($1::uuid is null or c.id > $1) order by c.id limit $2`,
    values: [after ?? null, limit],
  });
  return rows;
}
