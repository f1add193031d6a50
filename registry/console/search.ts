import { type Connection, first } from "../database.ts";

/** A search result with exactly this name. `personId` links to the timeline. */
export interface Found {
  kind: "person" | "enrolment" | "certificate" | "consent" | "notification" | "delivery" | "party";
  id: string;
  personId: string | null;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A person's pseudonym at a party (`sub`), as the recognition creates it. */
const pseudonym = /^[a-z2-7]{26}$/;
const serial = /^(?:[0-9a-f]{2}){1,20}$/;

const party = `select 'party' as kind, id, null::uuid as "personId" from parties where id = $1`;

/** The queries, by the form of the name. */
const texts = {
  uuid: `select 'person' as kind, id::text, id as "personId" from persons where id = $1
    union all select 'enrolment', id::text, person_id from enrolments where id = $1
    union all select 'consent', id::text, person_id from consents where id = $1
    union all select 'notification', id::text, person_id from notifications where id = $1
    union all select 'delivery', s.jti::text, n.person_id from security_events s
      left join notifications n on n.id = s.notification_id where s.jti = $1`,
  pseudonym: `${party} union all select 'enrolment', id::text, person_id from enrolments where pseudonym = $1`,
  serial: `${party} union all select 'certificate', i.serial, e.person_id
    from issuance_intents i join enrolments e on e.id = i.enrolment_id where i.serial = lower($1)`,
  other: party,
};

function looksLike(name: string): keyof typeof texts {
  if (uuid.test(name)) return "uuid";
  if (pseudonym.test(name)) return "pseudonym";
  return serial.test(name) ? "serial" : "other";
}

/** Finds an id, serial, party name or pseudonym at a party: whole names only, each by an index. */
export async function search(connection: Connection, asked: string): Promise<Found[]> {
  const name = asked.trim().toLowerCase();
  const kind = looksLike(name);
  const { rows } = await connection.query<Found>(texts[kind], [kind === "uuid" ? name : asked.trim()]);
  return rows;
}

export interface FoundCertificate {
  serial: string;
  enrolmentId: string;
  personId: string;
  profile: string;
  generation: string;
  /** Absent if the certificate was intended and not issued. */
  notBefore: Date | null;
  notAfter: Date | null;
  status: "intended" | "good" | "expired" | "revoked";
  /** When its revocation was stored, and from when on OCSP and CRL report it. */
  revokedAt: Date | null;
  effectiveAt: Date | null;
  reason: string | null;
}

/** A certificate and its state at `now`. */
export async function findCertificate(
  connection: Connection,
  wanted: string,
  now: Date,
): Promise<FoundCertificate | undefined> {
  return first(
    await connection.query<FoundCertificate>({
      name: "console-certificate",
      text: `select i.serial, i.enrolment_id as "enrolmentId", e.person_id as "personId", i.profile, i.generation,
               c.not_before as "notBefore", c.not_after as "notAfter",
               case when r.serial is not null then 'revoked' when c.id is null then 'intended'
                    when c.not_after < $2 then 'expired' else 'good' end as status,
               r.revoked_at as "revokedAt", r.effective_at as "effectiveAt", r.reason
             from issuance_intents i join enrolments e on e.id = i.enrolment_id
             left join certificates c on c.id = i.id left join revocations r on r.serial = i.serial
             where i.serial = $1`,
      values: [wanted, now],
    }),
  );
}
