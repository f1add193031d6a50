import type { Destroyed } from "../audit/purges.ts";
import type { Connection } from "../database.ts";

/**
 * Deletes taps for the page whose card was accepted before a given time, unless they could stop a certificate that had not
 * ended before it, or agreed to a link with stored changes.
 */
export async function deletePageVisitsBefore(
  connection: Connection,
  before: Date,
  limit: number,
): Promise<Destroyed[]> {
  const { rows } = await connection.query<Destroyed>(
    `delete from page_visits where id in (
       select v.id from page_visits v where v.person_id is not null and v.answered_at < $1
       and not exists (select 1 from certificates c join enrolments e on e.id = c.enrolment_id
                       where e.person_id = v.person_id and c.not_before <= v.answered_at and c.not_after >= $1)
       and not exists (select 1 from consent_changes h where h.person_id = v.person_id and h.digest = v.answer_digest)
       limit $2 for update of v)
     returning id, encode(sha256(shown || coalesce(evidence, '')), 'hex') as digest`,
    [before, limit],
  );
  return rows;
}

/** Deletes requests for erasure that were closed before a given time, with what operators approved. */
export async function deleteErasuresBefore(
  connection: Connection,
  before: Date,
  limit: number,
): Promise<Destroyed[]> {
  const { rows } = await connection.query<Destroyed>(
    `delete from erasure_requests where id in (
       select id from erasure_requests where closed_at < $1 limit $2 for update)
     returning id, encode(sha256(convert_to(state, 'utf8') || coalesce(proof, '')), 'hex') as digest`,
    [before, limit],
  );
  return rows;
}

/** Deletes refused reads whose last one was before a given time. */
export async function deleteRefusedReadsBefore(
  connection: Connection,
  before: Date,
  limit: number,
): Promise<Destroyed[]> {
  const { rows } = await connection.query<Destroyed>(
    `delete from refused_reads where (person_id, party_id, day) in (
       select person_id, party_id, day from refused_reads where last_at < $1 limit $2)
     returning person_id || '/' || party_id || '/' || day as id,
       encode(sha256(convert_to(array_to_string(asked, ',') || ' ' || times, 'utf8')), 'hex') as digest`,
    [before, limit],
  );
  return rows;
}
