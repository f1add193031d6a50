import type { Connection } from "../database.ts";

export const purgedKinds = [
  "evidence",
  "certificates",
  "consents",
  "link-requests",
  "page-visits",
  "erasure-requests",
  "refused-reads",
  "crls",
  "audit-lines",
] as const;
export type PurgedKind = (typeof purgedKinds)[number];

/** A destroyed record: its name, and a digest of its content. */
export interface Destroyed {
  id: string;
  digest: string;
}

/** Ids of the purges in the database. */
export async function purgeIds(connection: Connection): Promise<string[]> {
  const { rows } = await connection.query<{ id: string }>(
    "select id::text from public.purges order by purged_at, id",
  );
  return rows.map(({ id }) => id);
}

/** The destroyed records listed for a purge, in the order of its digest. */
export async function purgedRecordsOf(connection: Connection, purgeId: string): Promise<Destroyed[]> {
  const { rows } = await connection.query<Destroyed>(
    "select record_id as id, digest from public.purged_records where purge_id = $1 order by ordinal",
    [purgeId],
  );
  return rows;
}

export async function addPurge(
  connection: Connection,
  purge: {
    id: string;
    what: PurgedKind;
    count: number;
    digest: string;
    keptYears: number;
    /** For the audit log: the last destroyed position, and its hash (base64url). */
    chain: { position: bigint; hash: string } | undefined;
  },
): Promise<void> {
  const { id, what, count, digest, keptYears, chain } = purge;
  await connection.query(
    `insert into purges (id, what, count, digest, kept_years, last_position, last_hash)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      id,
      what,
      count,
      digest,
      keptYears,
      chain?.position.toString() ?? null,
      chain ? Buffer.from(chain.hash, "base64url") : null,
    ],
  );
}

/** Stores the list of what a purge destroyed. */
export async function addPurgedRecords(
  connection: Connection,
  purgeId: string,
  records: readonly Destroyed[],
): Promise<void> {
  await connection.query(
    `insert into purged_records (purge_id, ordinal, record_id, digest)
     select $1, r.ordinal, r.id, r.digest from unnest($2::text[], $3::text[]) with ordinality as r (id, digest, ordinal)`,
    [purgeId, records.map(({ id }) => id), records.map(({ digest }) => digest)],
  );
}

/** The chained line that dates a record, and the line's name for it. */
const dating = {
  evidence: { acts: ["application-accepted"], key: "l.detail->>'evidenceId'", time: "l.at" },
  certificates: {
    acts: ["certificate-issued"],
    key: "l.detail->>'serial'",
    // Lines of older versions do not have notAfter; a certificate did not end before it was issued.
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
} satisfies Partial<Record<PurgedKind, { acts: string[]; key: string; time: string }>>;

type DatedKind = keyof typeof dating;
const isDated = (what: PurgedKind): what is DatedKind => what in dating;

const tooYoung = (what: DatedKind): string =>
  `select p.purge_id::text as "purgeId", p.record_id as "recordId"
   from unnest($1::uuid[], $2::timestamptz[]) as u (purge_id, before)
   join public.purged_records p on p.purge_id = u.purge_id
   join public.audit_lines l on l.act = any($3) and ${dating[what].key} = p.record_id
   where ${dating[what].time} >= u.before order by 1, 2 limit 1`;

const texts: Record<DatedKind, string> = {
  evidence: tooYoung("evidence"),
  certificates: tooYoung("certificates"),
  consents: tooYoung("consents"),
  "page-visits": tooYoung("page-visits"),
  "erasure-requests": tooYoung("erasure-requests"),
  "link-requests": tooYoung("link-requests"),
};

/** A purged record that was too young to be destroyed, according to its chained line. */
export async function purgedTooYoung(
  connection: Connection,
  what: PurgedKind,
  purges: readonly { id: string; before: Date }[],
): Promise<{ purgeId: string; recordId: string } | undefined> {
  if (!isDated(what) || purges.length === 0) return undefined;
  const { rows } = await connection.query<{ purgeId: string; recordId: string }>(texts[what], [
    purges.map(({ id }) => id),
    purges.map(({ before }) => before),
    dating[what].acts,
  ]);
  return rows[0];
}

/** Evidence whose content was destroyed, with the data to decide whether that was lawful. */
export interface EmptiedEvidence {
  id: string;
  /** The signed purge that lists it. */
  purgeId: string | null;
  /** The certificate issued on it, if it still exists. */
  der: Buffer | null;
}

const pageSize = 500;

/** @param purges ids of the signed purges of evidence with valid lists */
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

/** Serials on a published CRL with neither a revocation nor a signed purge. */
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
