import type { Connection } from "../database.ts";
import type { EnrolmentState } from "../issuance/enrolments.ts";

/** An intent with everything that is stored of it, for an auditor. */
export interface AuditedIntent {
  intentId: string;
  enrolmentId: string;
  serial: string;
  tbs: Buffer;
  profileHash: string;
  generation: string;
  crlShard: number;
  spkiSha256: string;
  intendedAt: Date;
  state: EnrolmentState;
  /** SHA-256 of the evidence, at the intent and now, hex; `null` once it was purged. */
  evidenceSha256: string;
  evidenceNow: string | null;
  der: Buffer | null;
  notBefore: Date | null;
  notAfter: Date | null;
  revokedBecause: string | null;
}

const pageSize = 500;

/** Every intent, by id, page by page, so that memory use does not grow with the registry. */
export async function* auditedIntents(connection: Connection): AsyncGenerator<AuditedIntent> {
  let after = "00000000-0000-0000-0000-000000000000";
  for (;;) {
    const { rows } = await connection.query<AuditedIntent>({
      name: "audited-intents",
      text: `select i.id as "intentId", i.enrolment_id as "enrolmentId", i.serial, i.tbs,
               i.profile_hash as "profileHash", i.generation, i.crl_shard as "crlShard",
               i.spki_sha256 as "spkiSha256", i.created_at as "intendedAt", e.state,
               i.evidence_sha256 as "evidenceSha256", encode(sha256(nullif(v.sealed, '')), 'hex') as "evidenceNow",
               c.der, c.not_before as "notBefore", c.not_after as "notAfter", r.reason as "revokedBecause"
             from issuance_intents i join enrolments e on e.id = i.enrolment_id
               left join certificates c on c.id = i.id left join revocations r on r.serial = i.serial
               left join evidence v on v.id = i.evidence_id
             where i.id > $1 order by i.id limit ${pageSize}`,
      values: [after],
    });
    yield* rows;
    const last = rows.at(-1);
    if (rows.length < pageSize || !last) return;
    after = last.intentId;
  }
}
