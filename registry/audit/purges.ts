import { createHash } from "node:crypto";
import type { Connection } from "../database.ts";
import type { PurgedKind } from "./purge-record.ts";

/** Ids of the purges that the database has. */
export async function purgeIds(connection: Connection): Promise<string[]> {
  const { rows } = await connection.query<{ id: string }>(
    "select id::text from public.purges order by purged_at, id",
  );
  return rows.map(({ id }) => id);
}

/** The digest over what the list of a purge says, as its record was signed; `undefined` where there is no list. */
export async function digestOfPurged(connection: Connection, purgeId: string): Promise<string | undefined> {
  const { rows } = await connection.query<{ id: string; digest: string }>(
    "select record_id as id, digest from public.purged_records where purge_id = $1 order by ordinal",
    [purgeId],
  );
  return rows.length === 0 ? undefined : digestOf(rows);
}

/** SHA-256 (base64url) over "id digest" lines. */
export function digestOf(records: readonly { id: string; digest: string }[]): string {
  const hash = createHash("sha256");
  for (const { id, digest } of records) hash.update(`${id} ${digest}\n`);
  return hash.digest("base64url");
}

/** Which chained line tells how old a record was, and how it names it. */
const tellingOf: Partial<Record<PurgedKind, { acts: string[]; key: string; time: string }>> = {
  evidence: { acts: ["application-accepted"], key: "l.detail->>'evidenceId'", time: "l.at" },
  certificates: {
    acts: ["certificate-issued"],
    key: "l.detail->>'serial'",
    // Lines of before do not say when it ends; it did not end before it was issued.
    time: "greatest(l.at, (l.detail->>'notAfter')::timestamptz)",
  },
  consents: { acts: ["consent-changed", "consent-expired"], key: "l.subject", time: "l.at" },
  "page-visits": { acts: ["page-opened"], key: "l.subject", time: "l.at" },
  "erasure-requests": {
    acts: ["erasure-asked", "erasure-taken-back", "erasure-done", "erasure-declined"],
    key: "l.subject",
    time: "l.at",
  },
  "link-requests": { acts: ["link-asked-for", "link-request-taken-back"], key: "l.subject", time: "l.at" },
};

/** A purged record that was younger than its purge may destroy, by its chained line. */
export async function purgedTooYoung(
  connection: Connection,
  what: PurgedKind,
  purges: readonly { id: string; before: Date }[],
): Promise<{ purgeId: string; recordId: string } | undefined> {
  const telling = tellingOf[what];
  if (!telling || purges.length === 0) return undefined;
  const { rows } = await connection.query<{ purgeId: string; recordId: string }>(
    `select p.purge_id::text as "purgeId", p.record_id as "recordId"
     from unnest($1::uuid[], $2::timestamptz[]) as u (purge_id, before)
     join public.purged_records p on p.purge_id = u.purge_id
     join public.audit_lines l on l.act = any($3) and ${telling.key} = p.record_id
     where ${telling.time} >= u.before order by 1, 2 limit 1`,
    [purges.map(({ id }) => id), purges.map(({ before }) => before), telling.acts],
  );
  return rows[0];
}

/** Evidence whose content is gone, with what says whether that was lawful. */
export interface EmptiedEvidence {
  id: string;
  /** The signed purge that names it. */
  purgeId: string | null;
  /** The certificate that was issued on it, where it is still there. */
  der: Buffer | null;
}

const pageSize = 500;

/** @param purges ids of the signed purges of evidence whose lists are in order */
export async function* emptiedEvidence(
  connection: Connection,
  purges: readonly string[],
): AsyncGenerator<EmptiedEvidence> {
  let after = "00000000-0000-0000-0000-000000000000";
  for (;;) {
    const { rows } = await connection.query<EmptiedEvidence>(
      `select v.id::text, p.purge_id::text as "purgeId", c.der from public.evidence v
         left join lateral (select purge_id from public.purged_records
           where record_id = v.id::text and purge_id = any($2::uuid[]) limit 1) p on true
         left join lateral (select c.der from public.issuance_intents i join public.certificates c on c.id = i.id
           where i.evidence_id = v.id order by c.not_after desc limit 1) c on true
       where octet_length(v.sealed) = 0 and v.id > $1 order by v.id limit ${pageSize}`,
      [after, purges],
    );
    yield* rows;
    const last = rows.at(-1);
    if (rows.length < pageSize || !last) return;
    after = last.id;
  }
}

/** Serials that stand in a published list, and neither a revocation nor a signed purge has. */
export async function unknownRevoked(
  connection: Connection,
  serials: readonly string[],
  purges: readonly string[],
): Promise<string[]> {
  const { rows } = await connection.query<{ serial: string }>(
    `select s.serial from unnest($1::text[]) as s (serial)
     where not exists (select 1 from public.revocations r where r.serial = s.serial)
       and not exists (select 1 from public.purged_records p
                       where p.record_id = s.serial and p.purge_id = any($2::uuid[])) order by 1`,
    [serials, purges],
  );
  return rows.map(({ serial }) => serial);
}

/** The newest CRL of each scope. */
export async function newestCrls(
  connection: Connection,
): Promise<{ generation: string; shard: number; number: string; der: Buffer }[]> {
  const { rows } = await connection.query<{ generation: string; shard: number; number: string; der: Buffer }>(
    `select distinct on (generation, crl_shard) generation, crl_shard as shard, number::text, der
     from public.crls order by generation, crl_shard, number desc`,
  );
  return rows;
}
