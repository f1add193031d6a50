import { type Connection, first } from "../database.ts";
import type { Destroyed } from "./purges.ts";

/** Evidence that still has its content and was received before a given time, with the certificates issued on it. */
export interface OldEvidence extends Destroyed {
  ders: Buffer[] | null;
}

/** Evidence whose rows and line are all older than a given time, locked, by id. The digest is over the sealed content. */
export async function evidenceBefore(
  connection: Connection,
  before: Date,
  limit: number,
): Promise<OldEvidence[]> {
  const { rows } = await connection.query<OldEvidence>(
    `select v.id, encode(sha256(v.sealed), 'hex') as digest,
       (select array_agg(c.der) from issuance_intents i join certificates c on c.id = i.id
        where i.evidence_id = v.id) as ders
     from evidence v
     where v.sealed <> '' and v.created_at < $1
       and not exists (select 1 from issuance_intents i join certificates c on c.id = i.id
                       where i.evidence_id = v.id and c.not_after >= $1)
       and not exists (select 1 from audit_lines l where l.act = 'application-accepted' and l.at >= $1
                       and l.subject = v.enrolment_id::text)
     order by v.id limit $2 for update`,
    [before, limit],
  );
  return rows;
}

/** Deletes the content; the row and the SHA-256 in the intent stay. */
export async function emptyEvidence(connection: Connection, ids: readonly string[]): Promise<void> {
  await connection.query("update evidence set sealed = '', status_answer = null where id = any($1)", [ids]);
  await connection.query("update applications set findings = null where evidence_id = any($1)", [ids]);
}

export interface OldCertificate extends Destroyed {
  serial: string;
  enrolmentId: string;
  der: Buffer;
  /** SHA-256 of the issued certificate, hex, from its line; `null` if the line does not have it. */
  issuedSha256: string | null;
}

/** Certificates that ended, by their rows, and were issued, by their lines, before a given time; locked. */
export async function certificatesBefore(
  connection: Connection,
  before: Date,
  limit: number,
): Promise<OldCertificate[]> {
  const { rows } = await connection.query<OldCertificate>(
    `select c.serial as id, encode(sha256(c.der), 'hex') as digest, c.serial, c.enrolment_id as "enrolmentId", c.der,
       (select min(l.detail->>'sha256') from audit_lines l where l.act = 'certificate-issued'
          and l.subject = c.enrolment_id::text) as "issuedSha256"
     from certificates c where c.not_after < $1
       and not exists (select 1 from audit_lines l where l.act = 'certificate-issued' and l.at >= $1
                       and l.subject = c.enrolment_id::text)
     order by c.id limit $2 for update`,
    [before, limit],
  );
  return rows;
}

/** Deletes certificates, intents, revocations and their notices. */
export async function deleteCertificates(
  connection: Connection,
  certificates: readonly Pick<OldCertificate, "serial" | "enrolmentId">[],
): Promise<void> {
  const serials = certificates.map(({ serial }) => serial);
  const enrolments = certificates.map(({ enrolmentId }) => enrolmentId);
  await connection.query("delete from revocations where serial = any($1)", [serials]);
  await connection.query("delete from certificates where serial = any($1)", [serials]);
  await connection.query("delete from issuance_intents where serial = any($1)", [serials]);
  await connection.query("delete from certificate_notices where enrolment_id = any($1) or about = any($1)", [
    enrolments,
  ]);
  await connection.query("delete from frozen_enrolments where enrolment_id = any($1)", [enrolments]);
}

/** Consents that ended, by their rows and lines, before a given time, locked. The digest is over those of their changes. */
export async function consentsEndedBefore(
  connection: Connection,
  before: Date,
  limit: number,
): Promise<Destroyed[]> {
  const { rows } = await connection.query<Destroyed>(
    `select c.id, encode(sha256(convert_to(c.id::text || coalesce((select string_agg(h.digest, ',' order by h.id)
         from consent_changes h where h.consent_id = c.id), ''), 'utf8')), 'hex') as digest
     from consents c where c.state <> 'in-force' and c.ended_at < $1
       and not exists (select 1 from audit_lines l where l.act in ('consent-changed', 'consent-expired') and l.at >= $1
                       and l.subject = c.id::text)
     order by c.id limit $2 for update`,
    [before, limit],
  );
  return rows;
}

const notificationsOf = "(select id from notifications where consent_id = any($1))";
const viewsOf = "(select name from consent_views where consent_id = any($1))";

/** Deletes consents with all their changes, notifications, answers and events, and links that no longer have a consent. */
export async function deleteConsents(connection: Connection, ids: readonly string[]): Promise<void> {
  await connection.query(
    `delete from security_events where notification_id in ${notificationsOf} or consent_id = any($1)`,
    [ids],
  );
  // Notification and answer refer to each other.
  await connection.query("update notifications set answer_id = null where consent_id = any($1)", [ids]);
  await connection.query(`delete from answers where notification_id in ${notificationsOf}`, [ids]);
  await connection.query("delete from notifications where consent_id = any($1)", [ids]);
  await connection.query("delete from attribute_reads where consent_id = any($1)", [ids]);
  const { rows: links } = await connection.query<{ id: string }>(
    "select link_id as id from consents where id = any($1) and link_id is not null",
    [ids],
  );
  await connection.query(`delete from consent_view_lines where name in ${viewsOf}`, [ids]);
  await connection.query("delete from consent_views where consent_id = any($1)", [ids]);
  await connection.query("delete from consent_changes where consent_id = any($1)", [ids]);
  await connection.query("delete from consents where id = any($1)", [ids]);
  await connection.query(
    "delete from links l where id = any($1) and not exists (select 1 from consent_changes h where h.link_id = l.id)",
    [links.map(({ id }) => id)],
  );
}

/** Deletes link requests that were closed or expired before a given time, unless a tap on the person page names them. */
export async function deleteLinkRequestsBefore(
  connection: Connection,
  before: Date,
  limit: number,
): Promise<Destroyed[]> {
  const { rows } = await connection.query<Destroyed>(
    `delete from link_requests where id in (
       select r.id from link_requests r where coalesce(r.closed_at, r.expires_at) < $1
         and not exists (select 1 from page_visits v where v.request_id = r.id)
       order by r.id limit $2 for update)
     returning receiving_id as id, digest`,
    [before, limit],
  );
  return rows;
}

/** Deletes CRLs that have expired before a given time and have a successor. */
export async function deleteCrlsBefore(
  connection: Connection,
  before: Date,
  limit: number,
): Promise<Destroyed[]> {
  const { rows } = await connection.query<Destroyed>(
    `delete from crls where (generation, crl_shard, number) in (
       select old.generation, old.crl_shard, old.number from crls old
       where old.next_update < $1 and exists (select 1 from crls newer where newer.generation = old.generation
         and newer.crl_shard = old.crl_shard and newer.number > old.number)
       limit $2)
     returning generation || '/' || crl_shard || '/' || number as id, encode(sha256(der), 'hex') as digest`,
    [before, limit],
  );
  return rows;
}

/** The last chain position before the first line that is not older than a given time; 0 if there is none. */
export async function lastPositionBefore(connection: Connection, before: Date): Promise<bigint> {
  const row = first(
    await connection.query<{ position: string | null }>(
      `select (coalesce(min(c.position), (select max(position) + 1 from audit_chain)) - 1)::text as position
       from audit_chain c join audit_lines l on l.id = c.line_id where l.at >= $1`,
      [before],
    ),
  );
  return BigInt(row?.position ?? 0);
}

/** The entries of the audit log up to a position, in order: the line's id and the entry's hash. */
export async function entriesTo(connection: Connection, position: bigint): Promise<Destroyed[]> {
  const { rows } = await connection.query<Destroyed>(
    `select line_id::text as id, encode(hash, 'hex') as digest from audit_chain where position <= $1 order by position`,
    [position.toString()],
  );
  return rows;
}

/**
 * Deletes lines up to a position with their entries, and rows that only they name: the only deletion that the trigger allows.
 */
export async function deleteLinesTo(
  connection: Connection,
  lineIds: readonly string[],
  position: bigint,
): Promise<void> {
  await connection.query("set local kazasu.purge = 'on'");
  await connection.query(
    `delete from recorded_acts r using audit_lines l
     where l.id = any($1) and l.detail ? 'row' and r.id = (l.detail->>'row')::uuid`,
    [lineIds],
  );
  await connection.query("delete from audit_lines where id = any($1)", [lineIds]);
  await connection.query("delete from audit_chain where position <= $1", [position.toString()]);
  await connection.query("set local kazasu.purge = 'off'");
}
