import type { Pool } from "pg";
import { transaction } from "../../registry/database.ts";

/** Certificates of g1 without their enrolments; those of `revoked` are revoked. */
export async function addCertificates(
  pool: Pool,
  { good, revoked, crlShards }: { good: readonly string[]; revoked: readonly string[]; crlShards: number },
): Promise<void> {
  await transaction(pool, async (connection) => {
    await connection.query("set local session_replication_role = replica");
    await connection.query(
      `with made as (
         insert into issuance_intents (id, enrolment_id, serial, tbs, profile, profile_hash, evidence_id,
           evidence_sha256, issuer_key_id, generation, crl_shard, spki_sha256)
         select gen_random_uuid(), gen_random_uuid(), serial, '', 'basic', '', gen_random_uuid(), '', '', 'g1',
           get_byte(decode(right(serial, 2), 'hex'), 0) % $2, '' from unnest($1::text[]) as serial
         returning id, enrolment_id, serial)
       insert into certificates (id, enrolment_id, serial, der, not_before, not_after)
       select id, enrolment_id, serial, '', now(), now() + interval '5 years' from made`,
      [[...good, ...revoked], crlShards],
    );
    await connection.query(
      `insert into revocations (serial, generation, crl_shard, reason, revoked_by)
       select serial, generation, crl_shard, 'superseded', 'engine' from issuance_intents where serial = any($1)`,
      [revoked],
    );
  });
  await pool.query("analyze");
}

/** This many revocations in one CRL of g1, with serials of 20 octets and distinct seconds. */
export async function addRevocations(pool: Pool, count: number): Promise<void> {
  await transaction(pool, async (connection) => {
    await connection.query("set local session_replication_role = replica");
    await connection.query("set local statement_timeout = 0");
    await connection.query(
      `insert into revocations (serial, generation, crl_shard, reason, revoked_by, revoked_at, effective_at)
       select '5a' || lpad(to_hex(n), 38, '0'), 'g1', 0, 'superseded', 'engine', at, at
       from generate_series(0, $1 - 1) as n, lateral (select now() - n * interval '1 second') as t (at)`,
      [count],
    );
  });
  await pool.query("analyze");
}
