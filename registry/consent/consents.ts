import type { ConsentKind } from "../../protocol/consent.ts";
import type { AttributeName } from "../../protocol/names.ts";
import { lockText } from "../advisory-locks.ts";
import { type Connection, first } from "../database.ts";
import { required } from "../required.ts";

export type RegisterState = "pending" | "held" | "refused" | "withdrawal-pending" | "withdrawn";

/** The person, purpose and recipient of a consent. At most one of them is in force. */
export interface ConsentSubject {
  personId: string;
  kind: ConsentKind;
  /**
   * `null`: the recipient is the register (the CA itself relies on it), or the consent is between the two parties of a link.
   */
  partyId: string | null;
  /** The link that is agreed to; `null` for any other kind. */
  linkId: string | null;
}

/** A consent's row: it determines whether the consent is in force. */
export interface Consent extends ConsentSubject {
  id: string;
  attributes: AttributeName[];
  noticeSha256: string;
  state: "in-force" | "withdrawn" | "expired";
  revision: number;
  validFrom: Date;
  validUntil: Date;
  remindAt: Date;
  /** Disclosure: the newest version of the attribute record the party may read, and the newest the person has decided about. */
  disclosedVersion: number | null;
  settledVersion: number | null;
  /** Register refresh: the consent that J-LIS holds. */
  registerId: string | null;
  registerState: RegisterState | null;
  createdAt: Date;
  endedAt: Date | null;
}

export const consentColumns = `c.id, c.person_id as "personId", c.kind, c.party_id as "partyId", c.link_id as "linkId", c.attributes,
  c.notice_sha256 as "noticeSha256", c.state, c.revision, c.valid_from as "validFrom", c.valid_until as "validUntil",
  c.remind_at as "remindAt", c.disclosed_version as "disclosedVersion", c.settled_version as "settledVersion",
  c.register_id as "registerId", c.register_state as "registerState", c.created_at as "createdAt",
  c.ended_at as "endedAt"`;

/** Serialises everything that may create or end a consent of this subject, until the transaction ends. */
export async function lockSubject(
  connection: Connection,
  { personId, kind, partyId, linkId }: ConsentSubject,
): Promise<void> {
  await lockText(connection, "consentSubject", `${personId}/${kind}/${partyId ?? linkId ?? ""}`);
}

export async function findConsent(connection: Connection, id: string): Promise<Consent | undefined> {
  return first(
    await connection.query<Consent>({
      name: "find-consent",
      text: `select ${consentColumns} from consents c where c.id = $1`,
      values: [id],
    }),
  );
}

/** Like {@link findConsent}, and locks the row until the transaction ends: before any dependent row. */
export async function lockConsent(connection: Connection, id: string): Promise<Consent | undefined> {
  return first(
    await connection.query<Consent>({
      name: "lock-consent",
      text: `select ${consentColumns} from consents c where c.id = $1 for update`,
      values: [id],
    }),
  );
}

/** The consent of this subject in state in-force, its row locked; its term may have ended all the same. */
export async function lockConsentOf(
  connection: Connection,
  { personId, kind, partyId, linkId }: ConsentSubject,
): Promise<Consent | undefined> {
  return first(
    await connection.query<Consent>({
      name: "lock-consent-of",
      text: `select ${consentColumns} from consents c
             where c.person_id = $1 and c.kind = $2 and c.party_id is not distinct from $3
               and c.link_id is not distinct from $4 and c.state = 'in-force'
             for update`,
      values: [personId, kind, partyId, linkId],
    }),
  );
}

/** The person's consents in state in-force, in the order in which {@link lockSubject} locks them. */
export async function consentsInForceOf(connection: Connection, personId: string): Promise<Consent[]> {
  const { rows } = await connection.query<Consent>({
    name: "consents-in-force-of",
    text: `select ${consentColumns} from consents c where c.person_id = $1 and c.state = 'in-force'
           order by c.kind, c.party_id, c.link_id, c.id`,
    values: [personId],
  });
  return rows;
}

/** Adds a consent; a disclosure covers the newest writing of its version. */
export async function addConsent(connection: Connection, consent: Consent): Promise<void> {
  const c = consent;
  await connection.query({
    name: "add-consent",
    text: `insert into consents (id, person_id, kind, party_id, attributes, notice_sha256, state, revision, valid_from,
             valid_until, remind_at, disclosed_version, settled_version, register_id, register_state, created_at, link_id,
             disclosed_writings)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
             case when $12::integer is not null then json_build_object('version', $12::integer, 'writing', coalesce(
               (select max(writing) from anchor_writings where person_id = $2 and version = $12), 0)) end)`,
    values: [
      c.id,
      c.personId,
      c.kind,
      c.partyId,
      c.attributes,
      c.noticeSha256,
      c.state,
      c.revision,
      c.validFrom,
      c.validUntil,
      c.remindAt,
      c.disclosedVersion,
      c.settledVersion,
      c.registerId,
      c.registerState,
      c.createdAt,
      c.linkId,
    ],
  });
}

/** Writes an act's changes to a consent, under the next revision. Throws if another act came in between. */
export async function reviseConsent(connection: Connection, consent: Consent): Promise<Consent> {
  const c = consent;
  const revision = c.revision + 1;
  const { rowCount } = await connection.query({
    name: "revise-consent",
    text: `update consents set attributes = $3, notice_sha256 = $4, state = $5, revision = $6, valid_from = $7,
             valid_until = $8, remind_at = $9, register_state = $10, ended_at = $11
           where id = $1 and revision = $2`,
    values: [
      c.id,
      c.revision,
      c.attributes,
      c.noticeSha256,
      c.state,
      revision,
      c.validFrom,
      c.validUntil,
      c.remindAt,
      c.registerState,
      c.endedAt,
    ],
  });
  if (rowCount !== 1) throw new Error("A consent was written without locking its row; nothing was stored.");
  return { ...c, revision };
}

/** Sets the next reminder of the consent. No new revision: nothing that was agreed to changes. */
export async function setReminder(connection: Connection, id: string, remindAt: Date): Promise<void> {
  await connection.query({
    name: "set-consent-reminder",
    text: "update consents set remind_at = $2 where id = $1",
    values: [id, remindAt],
  });
}

/** Stores the state of the consent at J-LIS. No new revision: the person need not agree again because of it. */
export async function noteRegister(
  connection: Connection,
  id: string,
  register: { registerId: string | null; registerState: RegisterState; validUntil?: Date },
): Promise<void> {
  await connection.query({
    name: "note-register-consent",
    text: `update consents set register_id = $2, register_state = $3, valid_until = coalesce($4, valid_until)
           where id = $1`,
    values: [id, register.registerId, register.registerState, register.validUntil ?? null],
  });
  // The party whose app acted is shown the result at J-LIS; later acts elsewhere are not on its lines.
  await connection.query({
    name: "note-register-in-views",
    text: `update consent_view_lines l set register_state = $2, valid_until = coalesce($3, l.valid_until)
           from consent_views v join consents c on c.id = v.consent_id
           where v.name = l.name and c.id = $1 and l.here and l.consent_revision = c.revision`,
    values: [id, register.registerState, register.validUntil ?? null],
  });
}

/** A newer consent at J-LIS has replaced those that waited to be withdrawn there. */
export async function endReplacedAtRegister(connection: Connection, newer: Consent): Promise<void> {
  await connection.query({
    name: "end-replaced-at-register",
    text: `update consents set register_state = 'withdrawn'
           where person_id = $1 and id <> $2 and register_state = 'withdrawal-pending'`,
    values: [newer.personId, newer.id],
  });
}

/** The newest version of the person's attribute record; 0 if there is none. */
export async function newestRecordVersion(connection: Connection, personId: string): Promise<number> {
  const row = first(
    await connection.query<{ version: number }>({
      name: "newest-record-version",
      text: "select coalesce(max(version), 0) as version from anchors where person_id = $1",
      values: [personId],
    }),
  );
  return required(row, "An attribute record").version;
}

/** The person's register-refresh consent in state in-force. */
export async function findRegisterConsent(
  connection: Connection,
  personId: string,
): Promise<Consent | undefined> {
  return first(
    await connection.query<Consent>({
      name: "find-register-consent",
      text: `select ${consentColumns} from consents c
             where c.person_id = $1 and c.kind = 'register-refresh' and c.state = 'in-force'`,
      values: [personId],
    }),
  );
}
