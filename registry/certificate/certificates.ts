import { type Connection, first } from "../database.ts";
import { required } from "../required.ts";

export interface IssuanceIntent {
  id: string;
  enrolmentId: string;
  serial: string;
  tbs: Buffer;
  /** Name and SHA-256 (base64url) of its profile. */
  profile: string;
  profileHash: string;
  evidenceId: string;
  issuerKeyId: string;
  /** The CA generation that signs it, and the CRL shard it belongs to. */
  generation: string;
  crlShard: number;
  /** SHA-256 (base64url) of the certified public key. */
  spkiSha256: string;
}

export interface IssuedCertificate {
  id: string;
  enrolmentId: string;
  serial: string;
  der: Buffer;
  /** The CA generation that signed it. */
  generation: string;
}

const intentColumns = `id, enrolment_id as "enrolmentId", serial, tbs, profile, profile_hash as "profileHash",
  evidence_id as "evidenceId", issuer_key_id as "issuerKeyId", generation, crl_shard as "crlShard",
  spki_sha256 as "spkiSha256"`;

/**
 * Stores what will be signed, once per enrolment, and returns the stored intent: a retry gets the first one. The SHA-256 of the
 * evidence is stored with it, so that replaced evidence is detected.
 */
export async function storeIntent(connection: Connection, intent: IssuanceIntent): Promise<IssuanceIntent> {
  const { rows } = await connection.query<IssuanceIntent>({
    name: "store-intent",
    // A no-op update, so that an existing row is returned too.
    text: `insert into issuance_intents (id, enrolment_id, serial, tbs, profile, profile_hash, evidence_id,
             evidence_sha256, issuer_key_id, generation, crl_shard, spki_sha256)
           select $1, $2, $3, $4, $5, $6, id, encode(sha256(sealed), 'hex'), $8, $9, $10, $11
           from evidence where id = $7
           on conflict (enrolment_id) do update set enrolment_id = excluded.enrolment_id
           returning ${intentColumns}`,
    values: [
      intent.id,
      intent.enrolmentId,
      intent.serial,
      intent.tbs,
      intent.profile,
      intent.profileHash,
      intent.evidenceId,
      intent.issuerKeyId,
      intent.generation,
      intent.crlShard,
      intent.spkiSha256,
    ],
  });
  return required(rows[0], "The row that a statement returns");
}

/** Stores a signed certificate; the first stored signature is kept, and only the returned one may be handed out. */
export async function storeCertificate(
  connection: Connection,
  certificate: Omit<IssuedCertificate, "generation"> & { notBefore: Date; notAfter: Date },
): Promise<IssuedCertificate> {
  const { rows } = await connection.query<IssuedCertificate>({
    name: "store-certificate",
    // A no-op update, so that an existing row is returned too.
    text: `with stored as (
             insert into certificates (id, enrolment_id, serial, der, not_before, not_after) values ($1, $2, $3, $4, $5, $6)
             on conflict (id) do update set id = excluded.id returning id, enrolment_id, serial, der)
           select s.id, s.enrolment_id as "enrolmentId", s.serial, s.der, i.generation
           from stored s join issuance_intents i on i.id = s.id`,
    values: [
      certificate.id,
      certificate.enrolmentId,
      certificate.serial,
      certificate.der,
      certificate.notBefore,
      certificate.notAfter,
    ],
  });
  return required(rows[0], "The row that a statement returns");
}

export async function findCertificate(
  connection: Connection,
  enrolmentId: string,
): Promise<IssuedCertificate | undefined> {
  return first(
    await connection.query<IssuedCertificate>({
      name: "find-certificate",
      text: `select c.id, c.enrolment_id as "enrolmentId", c.serial, c.der, i.generation
             from certificates c join issuance_intents i using (id) where c.enrolment_id = $1`,
      values: [enrolmentId],
    }),
  );
}

/** Whether the enrolment's certificate is valid and not revoked. */
export async function hasGoodCertificate(
  connection: Connection,
  enrolmentId: string,
  now: Date,
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "has-good-certificate",
    text: `select 1 from certificates c left join revocations r using (serial)
           where c.enrolment_id = $1 and r.serial is null and c.not_before <= $2 and c.not_after >= $2`,
    values: [enrolmentId, now],
  });
  return rowCount === 1;
}
