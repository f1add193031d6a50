import { type PurgeRecord, yearsBefore } from "../audit/purge-record.ts";
import { purgeBatch, recordPurge } from "../audit/retention.ts";
import type { Connection } from "../database.ts";

/**
 * Destroys taps for the page that a card was accepted for: they prove what was done under them. Their time is that of the books:
 * of certificates that there were at the tap and could be stopped by it, and of a link that it agreed to.
 */
export async function purgePageVisits(
  connection: Connection,
  now: Date,
  keptYears: number,
): Promise<PurgeRecord | undefined> {
  const { rows } = await connection.query<{ id: string; digest: string }>(
    `delete from page_visits where id in (
       select v.id from page_visits v where v.person_id is not null and v.answered_at < $1
       and not exists (select 1 from certificates c join enrolments e on e.id = c.enrolment_id
                       where e.person_id = v.person_id and c.not_before <= v.answered_at and c.not_after >= $1)
       and not exists (select 1 from consent_changes h where h.person_id = v.person_id and h.digest = v.answer_digest)
       limit ${purgeBatch} for update of v)
     returning id, encode(sha256(shown || coalesce(evidence, '')), 'hex') as digest`,
    [yearsBefore(now, keptYears)],
  );
  return recordPurge(connection, "page-visits", rows, keptYears);
}

/** Destroys requests for erasure that were closed long ago, with what operators approved. */
export async function purgeErasures(
  connection: Connection,
  now: Date,
  keptYears: number,
): Promise<PurgeRecord | undefined> {
  const { rows } = await connection.query<{ id: string; digest: string }>(
    `delete from erasure_requests where id in (
       select id from erasure_requests where closed_at < $1 limit ${purgeBatch} for update)
     returning id, encode(sha256(convert_to(state, 'utf8') || coalesce(proof, '')), 'hex') as digest`,
    [yearsBefore(now, keptYears)],
  );
  return recordPurge(connection, "erasure-requests", rows, keptYears);
}

/** Destroys the lines of reads that were refused long ago. */
export async function purgeRefusedReads(
  connection: Connection,
  now: Date,
  keptYears: number,
): Promise<PurgeRecord | undefined> {
  const { rows } = await connection.query<{ id: string; digest: string }>(
    `delete from refused_reads where (person_id, party_id, day) in (
       select person_id, party_id, day from refused_reads where last_at < $1 limit ${purgeBatch})
     returning person_id || '/' || party_id || '/' || day as id,
       encode(sha256(convert_to(array_to_string(asked, ',') || ' ' || times, 'utf8')), 'hex') as digest`,
    [yearsBefore(now, keptYears)],
  );
  return recordPurge(connection, "refused-reads", rows, keptYears);
}
