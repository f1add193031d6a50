import type { Pool } from "pg";
import { foldMoves } from "../../registry/console/counts.ts";

/** A UUID of version 4 (RFC 9562 §5.4), the same for the same number. */
const id = (kind: string, number = "n") =>
  `overlay(overlay(md5('${kind}' || ${number}) placing '4' from 13) placing '8' from 17)::uuid`;
const serial = "lpad(to_hex(n), 16, '0')";
/** A row for each person. */
const people = "generate_series(1, $1::integer) n";
/** The first person enrolled first; one enrols every minute. */
const came = "now() - ($1::integer - n) * interval '1 minute'";

/**
 * People after some years: an enrolment with its certificate (one in fifty revoked), two versions of the attribute record, two
 * consents with their changes, a confirmed change, its event (one in five hundred dead-lettered, as many stuck), three reads, and
 * the audit lines.
 */
const inserts = [
  `persons (id) select ${id("person")} from ${people}`,
  `evidence (id, enrolment_id, application_sha256, sealed) select ${id("evidence")}, ${id("enrolment")}, n::text, '' from ${people}`,
  `applications (enrolment_id, evidence_id) select ${id("enrolment")}, ${id("evidence")} from ${people}`,
  `enrolments (id, person_id, party_id, app_id, pseudonym, spki_sha256, state, created_at)
   select ${id("enrolment")}, ${id("person")}, 'bank', 'app', n::text, n::text,
     case when n % 50 = 0 then 'revoked' else 'active' end, ${came} from ${people}`,
  `issuance_intents (id, enrolment_id, serial, tbs, profile_hash, evidence_id, issuer_key_id, profile, generation,
     crl_shard, evidence_sha256, spki_sha256, created_at)
   select ${id("intent")}, ${id("enrolment")}, ${serial}, '', '', ${id("evidence")}, 'k', 'basic', 'g1', n % 8, '', n::text,
     ${came} from ${people}`,
  `certificates (id, enrolment_id, serial, der, not_before, not_after, issued_at)
   select ${id("intent")}, ${id("enrolment")}, ${serial}, '', ${came}, ${came} + interval '5 years', ${came} from ${people}`,
  `revocations (serial, reason, generation, crl_shard, revoked_by)
   select ${serial}, 'superseded', 'g1', n % 8, 'person' from ${people} where n % 50 = 0`,
  `anchors (person_id, version, attributes, evidence_id, source, created_at)
   select ${id("person")}, v, '', ${id("evidence")}, 'card', ${came} from ${people}, generate_series(1, 2) v`,
  `consents (id, person_id, party_id, kind, attributes, notice_sha256, state, revision, valid_from, valid_until, remind_at,
     disclosed_version, settled_version, register_state, created_at)
   select ${id("consent", "k || n")}, ${id("person")}, case k when 'disclosure' then 'bank' end, k, '{name}', 'notice',
     case when n % 20 = 0 then 'withdrawn' else 'in-force' end, 1, ${came}, ${came} + interval '10 years', ${came},
     case k when 'disclosure' then 1 end, case k when 'disclosure' then 1 end, case k when 'register-refresh' then 'held' end,
     ${came} from ${people}, (values ('disclosure'), ('register-refresh')) kinds (k)`,
  `consent_changes (id, consent_id, person_id, kind, act, attributes, source, digest, received_at, outcome)
   select ${id("change", "k || n")}, ${id("consent", "k || n")}, ${id("person")}, k, 'grant', '{name}', 'card', 'd', ${came},
     'applied' from ${people}, (values ('disclosure'), ('register-refresh')) kinds (k)`,
  `notifications (id, consent_id, person_id, party_id, version, since_version, attributes, state, delivery, created_at,
     expires_at)
   select ${id("notification")}, ${id("consent", "'disclosure' || n")}, ${id("person")}, 'bank', 2, 1, '{address}',
     case when n % 30 = 0 then 'declined' else 'confirmed' end, 'acknowledged', ${came}, ${came} + interval '30 days' from ${people}`,
  `security_events (jti, party_id, event, subject, notification_id, claims, state, attempts, created_at)
   select ${id("event")}, 'bank', 'urn:x', n::text, ${id("notification")}, '{}',
     case n % 500 when 0 then 'dead-lettered' when 1 then 'pending' else 'delivered' end, 1, ${came} from ${people}`,
  `attribute_reads (consent_id, person_id, party_id, version, attributes, way, read_at)
   select ${id("consent", "'disclosure' || n")}, ${id("person")}, 'bank', v, '{name}', 'attributes', ${came}
   from ${people}, generate_series(1, 3) v`,
  `audit_lines (act, subject) select 'certificate-issued', ${id("enrolment")}::text from ${people}, generate_series(1, 5) v`,
];

/** Fills an empty registry with this many people, updates the counts, and analyzes the tables. */
export async function fill(pool: Pool, count: number): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("set statement_timeout = 0");
    await client.query("insert into parties (id, name_ja, name_en) values ('bank', '銀行', 'Bank')");
    await client.query("insert into apps (party_id, id, attestation) values ('bank', 'app', 'optional')");
    await client.query(
      "insert into notices (sha256, id, purpose, version, language, text) values ('notice', 'n', 'terms', '1', 'ja', '')",
    );
    for (const insert of inserts) await client.query(`insert into ${insert}`, [count]);
    while ((await foldMoves(pool)) > 0);
    await client.query("vacuum analyze");
    // Otherwise the first reads would have to write dirty pages.
    await client.query("checkpoint");
  } finally {
    client.release(true);
  }
}

/** The ids of the person with this number, as in the registry. */
export async function namesOf(
  pool: Pool,
  number: number,
): Promise<Record<"person" | "enrolment" | "serial", string>> {
  const { rows } = await pool.query(
    `select ${id("person")} as person, ${id("enrolment")} as enrolment, ${serial} as serial from (select $1::integer as n) t`,
    [number],
  );
  return rows[0];
}
