import { randomUUID } from "node:crypto";
import { type Connection, first } from "../database.ts";
import type { SignedCheckpoint } from "./checkpoints.ts";
import { audit } from "./lines.ts";
import { isOver } from "./over.ts";
import { linkRequestYears, type PurgedKind, type PurgeRecord, yearsBefore } from "./purge-record.ts";
import { digestOf } from "./purges.ts";

/** How many rows one purge destroys at most. */
export const purgeBatch = 500;

/**
 * Destroys evidence whose time is over: the content goes, the row stays, and with it the SHA-256 that the intent has of it.
 * Its time begins with the end of the certificate that was issued on it, as the certificate itself says, or with its coming
 * where there was none; and never before the time of the line that it left.
 * @throws Error where a certificate ends later than its row says
 */
export async function purgeEvidence(
  connection: Connection,
  now: Date,
  keptYears: number,
): Promise<PurgeRecord | undefined> {
  const before = yearsBefore(now, keptYears);
  const { rows } = await connection.query<{ id: string; digest: string; ders: Buffer[] | null }>(
    `select v.id, encode(sha256(v.sealed), 'hex') as digest,
       (select array_agg(c.der) from issuance_intents i join certificates c on c.id = i.id
        where i.evidence_id = v.id) as ders
     from evidence v
     where v.sealed <> '' and v.created_at < $1
       and not exists (select 1 from issuance_intents i join certificates c on c.id = i.id
                       where i.evidence_id = v.id and c.not_after >= $1)
       and not exists (select 1 from audit_lines l where l.act = 'application-accepted' and l.at >= $1
                       and l.subject = v.enrolment_id::text)
     order by v.id limit ${purgeBatch} for update`,
    [before],
  );
  if (rows.length === 0) return undefined;
  for (const { id, ders } of rows)
    for (const der of ders ?? []) if (!isOver(der, before)) throw notOver(`The evidence ${id}`);
  const ids = rows.map(({ id }) => id);
  await connection.query("update evidence set sealed = '', status_answer = null where id = any($1)", [ids]);
  await connection.query("update applications set findings = null where evidence_id = any($1)", [ids]);
  return recordPurge(connection, "evidence", rows, keptYears);
}

/**
 * Destroys the books of certificates whose end is long past: certificate, intent, revocation and what was told of it. The end is
 * the one that the certificate itself has, and it was issued before that by its line.
 * @throws Error where a certificate ends later than its row says, or is not the one that its line is about
 */
export async function purgeCertificates(
  connection: Connection,
  now: Date,
  keptYears: number,
): Promise<PurgeRecord | undefined> {
  const before = yearsBefore(now, keptYears);
  const { rows } = await connection.query<{
    id: string;
    digest: string;
    serial: string;
    enrolmentId: string;
    der: Buffer;
    issuedSha256: string | null;
  }>(
    `select c.serial as id, encode(sha256(c.der), 'hex') as digest, c.serial, c.enrolment_id as "enrolmentId", c.der,
       (select min(l.detail->>'sha256') from audit_lines l where l.act = 'certificate-issued'
          and l.subject = c.enrolment_id::text) as "issuedSha256"
     from certificates c where c.not_after < $1
       and not exists (select 1 from audit_lines l where l.act = 'certificate-issued' and l.at >= $1
                       and l.subject = c.enrolment_id::text)
     order by c.id limit ${purgeBatch} for update`,
    [before],
  );
  if (rows.length === 0) return undefined;
  for (const { serial, der, digest, issuedSha256 } of rows)
    if (!isOver(der, before, serial) || (issuedSha256 ?? digest) !== digest)
      throw notOver(`The certificate ${serial}`);
  const serials = rows.map(({ serial }) => serial);
  await connection.query("delete from revocations where serial = any($1)", [serials]);
  await connection.query("delete from certificates where serial = any($1)", [serials]);
  await connection.query("delete from issuance_intents where serial = any($1)", [serials]);
  const enrolments = rows.map(({ enrolmentId }) => enrolmentId);
  await connection.query("delete from certificate_notices where enrolment_id = any($1) or about = any($1)", [
    enrolments,
  ]);
  await connection.query("delete from frozen_enrolments where enrolment_id = any($1)", [enrolments]);
  return recordPurge(connection, "certificates", rows, keptYears);
}

/**
 * Destroys consents that ended long ago, by their rows and by their lines, with every change, notification, answer and event that
 * was under them.
 */
export async function purgeConsents(
  connection: Connection,
  now: Date,
  keptYears: number,
): Promise<PurgeRecord | undefined> {
  const { rows } = await connection.query<{ id: string; digest: string }>(
    `select c.id, encode(sha256(convert_to(c.id::text || coalesce((select string_agg(h.digest, ',' order by h.id)
         from consent_changes h where h.consent_id = c.id), ''), 'utf8')), 'hex') as digest
     from consents c where c.state <> 'in-force' and c.ended_at < $1
       and not exists (select 1 from audit_lines l where l.act in ('consent-changed', 'consent-expired') and l.at >= $1
                       and l.subject = c.id::text)
     order by c.id limit ${purgeBatch} for update`,
    [yearsBefore(now, keptYears)],
  );
  if (rows.length === 0) return undefined;
  const ids = rows.map(({ id }) => id);
  const under = "(select id from notifications where consent_id = any($1))";
  await connection.query(`delete from security_events where notification_id in ${under}`, [ids]);
  // Notification and answer name each other.
  await connection.query("update notifications set answer_id = null where consent_id = any($1)", [ids]);
  await connection.query(`delete from answers where notification_id in ${under}`, [ids]);
  await connection.query("delete from notifications where consent_id = any($1)", [ids]);
  await connection.query("delete from attribute_reads where consent_id = any($1)", [ids]);
  const { rows: links } = await connection.query<{ id: string }>(
    "select link_id as id from consents where id = any($1) and link_id is not null",
    [ids],
  );
  const views = "(select name from consent_views where consent_id = any($1))";
  await connection.query(`delete from consent_view_lines where name in ${views}`, [ids]);
  await connection.query("delete from consent_views where consent_id = any($1)", [ids]);
  await connection.query("delete from consent_changes where consent_id = any($1)", [ids]);
  await connection.query("delete from consents where id = any($1)", [ids]);
  await connection.query(
    "delete from links l where id = any($1) and not exists (select 1 from consent_changes h where h.link_id = l.id)",
    [links.map(({ id }) => id)],
  );
  return recordPurge(connection, "consents", rows, keptYears);
}

/**
 * Destroys requests for links that were closed, or ran out, long ago. One that a tap on the CA's page is about stays as long as
 * what is kept of the tap, which names it.
 */
export async function purgeLinkRequests(connection: Connection, now: Date): Promise<PurgeRecord | undefined> {
  const { rows } = await connection.query<{ id: string; digest: string }>(
    `delete from link_requests where id in (
       select r.id from link_requests r where coalesce(r.closed_at, r.expires_at) < $1
         and not exists (select 1 from page_visits v where v.request_id = r.id)
       order by r.id limit ${purgeBatch} for update)
     returning receiving_id as id, digest`,
    [yearsBefore(now, linkRequestYears)],
  );
  return recordPurge(connection, "link-requests", rows, linkRequestYears);
}

/**
 * Destroys CRLs whose time is over and that a newer one has followed. What they said stands in the revocations, which are
 * books of the CA; a list is made for each change, and to keep them all would be to keep every revocation many times.
 */
export async function purgeCrls(connection: Connection, now: Date): Promise<PurgeRecord | undefined> {
  const { rows } = await connection.query<{ id: string; digest: string }>(
    `delete from crls where (generation, crl_shard, number) in (
       select old.generation, old.crl_shard, old.number from crls old
       where old.next_update < $1 and exists (select 1 from crls newer where newer.generation = old.generation
         and newer.crl_shard = old.crl_shard and newer.number > old.number)
       limit ${purgeBatch})
     returning generation || '/' || crl_shard || '/' || number as id, encode(sha256(der), 'hex') as digest`,
    [now],
  );
  return recordPurge(connection, "crls", rows, 0);
}

/**
 * How far the audit log may be destroyed: to a position that a checkpoint vouches for, where its lines and the checkpoint are
 * older than the years. The lines' times are the database's, and that of the checkpoint is signed.
 */
export async function auditLinesDue(
  connection: Connection,
  now: Date,
  keptYears: number,
  vouched: readonly SignedCheckpoint[],
): Promise<SignedCheckpoint | undefined> {
  const before = yearsBefore(now, keptYears);
  const end = await lastPositionBefore(connection, before);
  return vouched.findLast(({ position, at }) => position <= end && at < before);
}

/** Destroys the oldest lines of the audit log, to where {@link auditLinesDue} says: the chain goes on from there. */
export async function purgeAuditLines(
  connection: Connection,
  keptYears: number,
  { position: to, hash }: SignedCheckpoint,
): Promise<PurgeRecord | undefined> {
  const position = to.toString();
  const { rows } = await connection.query<{ id: string; digest: string }>(
    `select line_id::text as id, encode(hash, 'hex') as digest from audit_chain where position <= $1 order by position`,
    [position],
  );
  if (rows.length === 0) return undefined;
  await connection.query("select set_config('kazasu.purge', 'on', true)");
  const ids = rows.map(({ id }) => id);
  await connection.query(
    `delete from recorded_acts r using audit_lines l
     where l.id = any($1) and l.detail ? 'row' and r.id = (l.detail->>'row')::uuid`,
    [ids],
  );
  await connection.query("delete from audit_lines where id = any($1)", [ids]);
  await connection.query("delete from audit_chain where position <= $1", [position]);
  await connection.query("select set_config('kazasu.purge', 'off', true)");
  return recordPurge(connection, "audit-lines", rows, keptYears, { position: to, hash });
}

async function lastPositionBefore(connection: Connection, before: Date): Promise<bigint> {
  const row = first(
    await connection.query<{ position: string | null }>(
      `select (coalesce(min(c.position), (select max(position) + 1 from audit_chain)) - 1)::text as position
       from audit_chain c join audit_lines l on l.id = c.line_id where l.at >= $1`,
      [before],
    ),
  );
  return BigInt(row?.position ?? 0);
}

/**
 * The row and the audit line that prove what a purge destroyed.
 * @param destroyed lines of the audit log in the order of the chain; of anything else the order does not matter
 * @returns `undefined` where nothing was destroyed
 */
export async function recordPurge(
  connection: Connection,
  what: PurgedKind,
  destroyed: readonly { id: string; digest: string }[],
  keptYears: number,
  chain?: { position: bigint; hash: string },
): Promise<PurgeRecord | undefined> {
  if (destroyed.length === 0) return undefined;
  const listed = chain === undefined;
  const rows = listed ? destroyed.toSorted((a, b) => (a.id < b.id ? -1 : 1)) : destroyed;
  const purge = { what, count: rows.length, digest: digestOf(rows) };
  const id = randomUUID();
  await connection.query(
    `insert into purges (id, what, count, digest, kept_years, last_position, last_hash)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      id,
      what,
      purge.count,
      purge.digest,
      keptYears,
      chain?.position.toString() ?? null,
      chain ? Buffer.from(chain.hash, "base64url") : null,
    ],
  );
  if (listed)
    await connection.query(
      `insert into purged_records (purge_id, ordinal, record_id, digest)
       select $1, r.ordinal, r.id, r.digest from unnest($2::text[], $3::text[]) with ordinality as r (id, digest, ordinal)`,
      [id, rows.map((row) => row.id), rows.map(({ digest }) => digest)],
    );
  await audit(connection, "records-purged", id, { ...purge, keptYears });
  return { id, ...purge, keptYears, ...(chain ? { chain } : { listed }) };
}

const notOver = (what: string): Error =>
  new Error(
    `${what} is not over for as long as its row says; nothing is destroyed. Run \`kazasu audit certificates\`..`,
  );
