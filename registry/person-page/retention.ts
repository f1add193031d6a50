import type { Destroyed } from "../audit/purges.ts";
import type { Connection } from "../database.ts";

/** `$1`: delete records from before this time; `$2`: at most so many. */
const deletions = {
  // A tap that a card was accepted for, except one that could stop a certificate which has not ended before the moment, and one that
  // agreed to a link of which there are changes.
  "page-visits": `delete from page_visits where id in (
       select v.id from page_visits v where v.person_id is not null and v.answered_at < $1
       and not exists (select 1 from certificates c join enrolments e on e.id = c.enrolment_id
                       where e.person_id = v.person_id and c.not_before <= v.answered_at and c.not_after >= $1)
       and not exists (select 1 from consent_changes h where h.person_id = v.person_id and h.digest = v.answer_digest)
       limit $2 for update of v)
     returning id, encode(sha256(shown || coalesce(evidence, '')), 'hex') as digest`,
  // A request that was closed, with what operators approved.
  "erasure-requests": `delete from erasure_requests where id in (
       select id from erasure_requests where closed_at < $1 limit $2 for update)
     returning id, encode(sha256(convert_to(state, 'utf8') || coalesce(proof, '')), 'hex') as digest`,
  // Refused reads whose last one was before the given time.
  "refused-reads": `delete from refused_reads where (person_id, party_id, day) in (
       select person_id, party_id, day from refused_reads where last_at < $1 limit $2)
     returning person_id || '/' || party_id || '/' || day as id,
       encode(sha256(convert_to(array_to_string(asked, ',') || ' ' || times, 'utf8')), 'hex') as digest`,
};

/** Records that are deleted by their age in one statement. */
export type PageRecordKind = keyof typeof deletions;

/** Deletes records of a kind from before a given time. */
export async function deletePageRecordsBefore(
  connection: Connection,
  kind: PageRecordKind,
  before: Date,
  limit: number,
): Promise<Destroyed[]> {
  const { rows } = await connection.query<Destroyed>(deletions[kind], [before, limit]);
  return rows;
}
