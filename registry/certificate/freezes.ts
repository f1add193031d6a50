import type { Connection } from "../database.ts";
import type { EnrolmentState } from "../issuance/enrolments.ts";

/**
 * Records that the person reported an enrolment with "this was not me", and with which of their phones; `null` if it was
 * stopped on the person page or by operators.
 * @returns false if it was reported before: the first report is kept
 */
export async function storeFrozen(
  connection: Connection,
  enrolmentId: string,
  frozenBy: string | null,
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "store-frozen",
    text: "insert into frozen_enrolments (enrolment_id, frozen_by) values ($1, $2) on conflict do nothing",
    values: [enrolmentId, frozenBy],
  });
  return rowCount === 1;
}

export async function isFrozen(connection: Connection, enrolmentId: string): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "is-frozen",
    text: "select 1 from frozen_enrolments where enrolment_id = $1",
    values: [enrolmentId],
  });
  return rowCount === 1;
}

/** Enrolments that the person's phone may succeed at a party: stopped, and not succeeded since. Newest first. */
export async function frozenWithoutSuccessor(
  connection: Connection,
  personId: string,
  partyId: string,
): Promise<string[]> {
  const { rows } = await connection.query<{ id: string }>({
    name: "frozen-without-successor",
    text: `select e.id from enrolments e join frozen_enrolments f on f.enrolment_id = e.id
           where e.person_id = $1 and e.party_id = $2 and e.state = 'revoked'
             and not exists (select 1 from enrolments s where s.replaces = e.id and s.state not in ('applied', 'ended'))
           order by e.created_at desc`,
    values: [personId, partyId],
  });
  return rows.map(({ id }) => id);
}

/**
 * Of stopped enrolments, the one whose chain of replacements began first: an intruder's phone is newer than the person's own and
 * than its predecessors. Enrolments reported as "this was not me" come last.
 */
export async function stoppedOfFirstLine(
  connection: Connection,
  stopped: readonly string[],
): Promise<string | undefined> {
  const { rows } = await connection.query<{ id: string }>({
    name: "stopped-of-first-line",
    text: `with recursive line as (
             select id as of, replaces, created_at from enrolments where id = any($1)
             union all select l.of, e.replaces, e.created_at from line l join enrolments e on e.id = l.replaces)
           select l.of as id from line l join frozen_enrolments f on f.enrolment_id = l.of
           group by l.of, f.frozen_by order by f.frozen_by is not null, min(l.created_at), l.of limit 1`,
    values: [stopped],
  });
  return rows[0]?.id;
}

/**
 * Enrolments and all their present or pending successors, newest first, locked until the transaction ends, so that nothing more
 * can succeed them. Newest first is the order in which an issuance locks them.
 */
export async function lockLinesFrom(
  connection: Connection,
  enrolmentIds: readonly string[],
): Promise<{ id: string; state: EnrolmentState }[]> {
  for (let known = 0; ; ) {
    const { rows } = await connection.query<{ id: string; state: EnrolmentState }>(
      `select id, state from enrolments where id in (
         with recursive line as (
           select id from enrolments where id = any($1)
           union select e.id from enrolments e join line l on e.replaces = l.id)
         select id from line)
       order by created_at desc, id for update`,
      [enrolmentIds],
    );
    if (rows.length === known) return rows;
    known = rows.length;
  }
}
