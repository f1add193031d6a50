import { type Connection, first } from "./database.ts";

export interface IssuanceIntent {
  id: string;
  enrolmentId: string;
  serial: string;
  tbs: Buffer;
  profileHash: string;
  evidenceId: string;
  issuerKeyId: string;
}

export interface IssuedCertificate {
  id: string;
  enrolmentId: string;
  serial: string;
  der: Buffer;
}

/** Stores what will be signed, once per enrolment, and returns what is stored: a retry gets the first intent. */
export async function storeIntent(connection: Connection, intent: IssuanceIntent): Promise<IssuanceIntent> {
  const { rows } = await connection.query<IssuanceIntent>({
    name: "store-intent",
    // The update changes nothing: it makes the row that was there first come back too.
    text: `insert into issuance_intents (id, enrolment_id, serial, tbs, profile_hash, evidence_id, issuer_key_id)
           values ($1, $2, $3, $4, $5, $6, $7)
           on conflict (enrolment_id) do update set enrolment_id = excluded.enrolment_id
           returning id, enrolment_id as "enrolmentId", serial, tbs, profile_hash as "profileHash",
             evidence_id as "evidenceId", issuer_key_id as "issuerKeyId"`,
    values: [
      intent.id,
      intent.enrolmentId,
      intent.serial,
      intent.tbs,
      intent.profileHash,
      intent.evidenceId,
      intent.issuerKeyId,
    ],
  });
  return rows[0]!;
}

/** Stores a signed certificate; the first stored signature wins, and only what is returned may be handed out. */
export async function storeCertificate(
  connection: Connection,
  certificate: IssuedCertificate & { notBefore: Date; notAfter: Date },
): Promise<IssuedCertificate> {
  const { rows } = await connection.query<IssuedCertificate>({
    name: "store-certificate",
    // The update changes nothing: it makes the row that was there first come back too.
    text: `insert into certificates (id, enrolment_id, serial, der, not_before, not_after) values ($1, $2, $3, $4, $5, $6)
           on conflict (id) do update set id = excluded.id
           returning id, enrolment_id as "enrolmentId", serial, der`,
    values: [
      certificate.id,
      certificate.enrolmentId,
      certificate.serial,
      certificate.der,
      certificate.notBefore,
      certificate.notAfter,
    ],
  });
  return rows[0]!;
}

export async function findCertificate(
  connection: Connection,
  enrolmentId: string,
): Promise<IssuedCertificate | undefined> {
  return first(
    await connection.query<IssuedCertificate>({
      name: "find-certificate",
      text: `select id, enrolment_id as "enrolmentId", serial, der from certificates where enrolment_id = $1`,
      values: [enrolmentId],
    }),
  );
}

/** Whether the enrolment's certificate is in its time and not revoked. */
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
