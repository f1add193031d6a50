import type { RevocationReason } from "../../protocol/revocation.ts";
import type { Connection } from "../database.ts";

/** Who requested a revocation; `key-holder` has proven possession of the private key. */
export type RevokedBy = "person" | "operator" | "engine" | "key-holder";

/** The certificates of one or more enrolments, by serial, by their public key (SHA-256 of its SPKI), or of a person. */
export type RevocationTarget =
  | { enrolmentId: string }
  | { enrolmentIds: readonly string[] }
  | { serial: string }
  | { spkiSha256: string }
  | { personId: string };

export interface RevokedCertificate {
  serial: string;
  enrolmentId: string;
  /** When it was stored: from then on the enrolment cannot log in, read or sign. */
  revokedAt: Date;
  /** From when on OCSP and CRL report it; never earlier than `revokedAt`, nor than the certificate's notBefore. */
  effectiveAt: Date;
}

const columns = `r.serial, i.enrolment_id as "enrolmentId", r.revoked_at as "revokedAt", r.effective_at as "effectiveAt"`;

/** The condition on the intents `i`, for each kind of target. */
const conditions = {
  enrolmentId: "i.enrolment_id = $1",
  enrolmentIds: "i.enrolment_id = any($1)",
  serial: "i.serial = $1",
  spkiSha256: "i.spki_sha256 = $1",
  personId: "i.enrolment_id in (select id from enrolments where person_id = $1)",
};

type TargetKind = keyof typeof conditions;

/** A statement for each kind of target, built from its condition. */
const forTarget = (textOf: (condition: string) => string): Record<TargetKind, string> => ({
  enrolmentId: textOf(conditions.enrolmentId),
  enrolmentIds: textOf(conditions.enrolmentIds),
  serial: textOf(conditions.serial),
  spkiSha256: textOf(conditions.spkiSha256),
  personId: textOf(conditions.personId),
});

/** The kind of a target, and its parameter. */
function named(target: RevocationTarget): [kind: TargetKind, value: string | readonly string[]] {
  if ("enrolmentId" in target) return ["enrolmentId", target.enrolmentId];
  if ("enrolmentIds" in target) return ["enrolmentIds", target.enrolmentIds];
  if ("serial" in target) return ["serial", target.serial];
  if ("spkiSha256" in target) return ["spkiSha256", target.spkiSha256];
  return ["personId", target.personId];
}

/** An intended certificate, with its remaining validity, milliseconds; `null` if it is not signed. */
export interface Revocable {
  serial: string;
  msLeft: number | null;
}

const revocable = forTarget(
  (condition) => `select i.serial, (extract(epoch from c.not_after - now()) * 1000)::float8 as "msLeft"
    from issuance_intents i left join certificates c on c.id = i.id where ${condition} order by i.serial`,
);

export async function revocableOf(connection: Connection, target: RevocationTarget): Promise<Revocable[]> {
  const [kind, value] = named(target);
  const { rows } = await connection.query<Revocable>(revocable[kind], [value]);
  return rows;
}

const drawn = `unnest($1::text[], $2::integer[]) as d (serial, delay)
  join issuance_intents i using (serial) left join certificates c on c.id = i.id`;
const effectiveAt = `greatest(c.not_before, case when d.delay = 0 then now()
  else date_trunc('second', now()) + d.delay * interval '1 second' end)`;

/**
 * Stores the revocation of certificates, each `delay` seconds after the start of the transaction and never before notBefore. An
 * existing revocation is unchanged, unless it is still waiting and is moved earlier.
 */
export async function storeRevocations(
  connection: Connection,
  revoked: readonly { serial: string; delay: number }[],
  reason: RevocationReason,
  by: RevokedBy,
): Promise<{ fresh: RevokedCertificate[]; broughtForward: RevokedCertificate[] }> {
  const serials = revoked.map(({ serial }) => serial);
  const delays = revoked.map(({ delay }) => delay);
  const { rows: fresh } = await connection.query<RevokedCertificate>(
    `with r as (
       insert into revocations (serial, generation, crl_shard, reason, revoked_by, effective_at)
       select i.serial, i.generation, i.crl_shard, $3, $4, ${effectiveAt} from ${drawn}
       on conflict (serial) do nothing
       returning serial, revoked_at, effective_at)
     select ${columns} from r join issuance_intents i using (serial) order by r.serial`,
    [serials, delays, reason, by],
  );
  const { rows: broughtForward } = await connection.query<RevokedCertificate>(
    `with r as (
       update revocations w set effective_at = e.at, reason = $3, revoked_by = $4
       from (select i.serial, ${effectiveAt} as at from ${drawn}) e
       where w.serial = e.serial and w.effective_at > clock_timestamp() and w.effective_at > e.at
       returning w.serial, w.revoked_at, w.effective_at)
     select ${columns} from r join issuance_intents i using (serial) order by r.serial`,
    [serials, delays, reason, by],
  );
  return { fresh, broughtForward };
}

const revokedByTarget = forTarget(
  (condition) =>
    `select ${columns} from revocations r join issuance_intents i on i.serial = r.serial where ${condition} order by i.serial`,
);

/** The revoked certificates of a target, whoever requested it. */
export async function revokedOf(
  connection: Connection,
  target: RevocationTarget,
): Promise<RevokedCertificate[]> {
  const [kind, value] = named(target);
  const { rows } = await connection.query<RevokedCertificate>(revokedByTarget[kind], [value]);
  return rows;
}

const intended = forTarget((condition) => `select 1 from issuance_intents i where ${condition} limit 1`);

/** Whether the CA has ever intended a certificate for this target. */
export async function isKnown(connection: Connection, target: RevocationTarget): Promise<boolean> {
  const [kind, value] = named(target);
  const { rowCount } = await connection.query(intended[kind], [value]);
  return rowCount === 1;
}

const locking = forTarget(
  (condition) => `select 1 from enrolments
    where id in (select i.enrolment_id from issuance_intents i where ${condition}) order by id for update`,
);

/**
 * Locks the enrolments of a target until the transaction ends: a process about to store one of its certificates has finished,
 * or will see the revocation.
 */
export async function lockEnrolmentsOf(connection: Connection, target: RevocationTarget): Promise<void> {
  const [kind, value] = named(target);
  await connection.query(locking[kind], [value]);
}

const certified = forTarget(
  (condition) => `select distinct i.spki_sha256 as key from issuance_intents i where ${condition}`,
);

/** The public keys of a target's certificates: SHA-256 of their SPKI. */
export async function keysOf(connection: Connection, target: RevocationTarget): Promise<string[]> {
  const [kind, value] = named(target);
  const { rows } = await connection.query<{ key: string }>(certified[kind], [value]);
  return rows.map(({ key }) => key);
}

/** Whether a serial is revoked, signed or not, whether or not it has taken effect. */
export async function isRevoked(connection: Connection, serial: string): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "is-revoked",
    text: "select 1 from revocations where serial = $1",
    values: [serial],
  });
  return rowCount === 1;
}

/** Blocks a compromised key from certification. False if it is blocked already. */
export async function blockKey(connection: Connection, spkiSha256: string, why: string): Promise<boolean> {
  const { rowCount } = await connection.query(
    "insert into blocked_keys (spki_sha256, why) values ($1, $2) on conflict do nothing",
    [spkiSha256, why],
  );
  return rowCount === 1;
}

export async function isKeyBlocked(connection: Connection, spkiSha256: string): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "is-key-blocked",
    text: "select 1 from blocked_keys where spki_sha256 = $1",
    values: [spkiSha256],
  });
  return rowCount === 1;
}

/** Stores the requester of a revocation, the sealed proof, and what is revoked. Throws if the proof exists already. */
export async function storeRevocationRequest(
  connection: Connection,
  request: {
    id: string;
    digest: string;
    askedBy: RevokedBy;
    reason: RevocationReason;
    proof: Buffer;
    serials: string[];
  },
): Promise<void> {
  const { id, digest, askedBy, reason, proof, serials } = request;
  await connection.query(
    `insert into revocation_requests (id, digest, asked_by, reason, proof, serials)
     values ($1, $2, $3, $4, $5, $6)`,
    [id, digest, askedBy, reason, proof, serials],
  );
}

/** The result of a proof, by its SHA-256. */
export async function findRevocationRequest(
  connection: Connection,
  digest: string,
): Promise<{ serials: string[] } | undefined> {
  const { rows } = await connection.query<{ serials: string[] }>(
    "select serials from revocation_requests where digest = $1",
    [digest],
  );
  return rows[0];
}

export async function revokedBySerials(
  connection: Connection,
  serials: readonly string[],
): Promise<RevokedCertificate[]> {
  const { rows } = await connection.query<RevokedCertificate>(
    `select ${columns} from revocations r join issuance_intents i using (serial)
     where r.serial = any($1) order by r.serial`,
    [serials],
  );
  return rows;
}
