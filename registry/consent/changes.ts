import { randomUUID } from "node:crypto";
import type { ConsentKind } from "../../protocol/consent.ts";
import type { AttributeName } from "../../protocol/names.ts";
import type { RefusalCode } from "../../protocol/refusals.ts";
import { type Connection, first } from "../database.ts";
import { required } from "../required.ts";
import type { Sealer } from "../sealing.ts";
import type { ConsentSubject } from "./consents.ts";

/** A requested change of a consent. */
export interface NewConsentChange extends ConsentSubject {
  consentId: string;
  act: "grant" | "renew" | "amend" | "withdraw";
  attributes: AttributeName[];
  /** The notice that was shown; not for a withdrawal. */
  noticeSha256?: string;
  /** The revision that the person saw; absent if none was shown. */
  seenRevision?: number;
  source: "card" | "device" | "j-lis" | "operator";
  enrolmentId?: string;
  /** SHA-256 (base64url) of the signed message. */
  digest: string;
  receivedAt: Date;
}

export interface ConsentChangeRow {
  id: string;
  consentId: string;
  personId: string;
  partyId: string | null;
  linkId: string | null;
  kind: ConsentKind;
  act: NewConsentChange["act"];
  attributes: AttributeName[];
  noticeSha256: string | null;
  seenRevision: number | null;
  source: NewConsentChange["source"];
  enrolmentId: string | null;
  digest: string;
  receivedAt: Date;
  /** Null until it is decided on. */
  outcome: "applied" | RefusalCode | null;
  revision: number | null;
  receipt: string | null;
}

const columns = `id, consent_id as "consentId", person_id as "personId", party_id as "partyId", link_id as "linkId", kind, act, attributes,
  notice_sha256 as "noticeSha256", seen_revision as "seenRevision", source, enrolment_id as "enrolmentId", digest,
  received_at as "receivedAt", outcome, revision, receipt`;

/**
 * Stores a change before it is decided on. `signed` is the message itself, unless an application has it; it is sealed. The
 * caller holds the subject's lock and has looked for the same message, so that a message is one change.
 */
export async function addConsentChange(
  connection: Connection,
  change: NewConsentChange,
  evidence?: { sealer: Sealer; signed: string },
): Promise<string> {
  const id = randomUUID();
  const c = change;
  const sealed = evidence?.sealer.seal(Buffer.from(evidence.signed), `consent_changes/${id}/evidence`);
  await connection.query({
    name: "add-consent-change",
    text: `insert into consent_changes (id, consent_id, person_id, party_id, kind, act, attributes, notice_sha256,
             seen_revision, source, enrolment_id, digest, evidence, received_at, link_id)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    values: [
      id,
      c.consentId,
      c.personId,
      c.partyId,
      c.kind,
      c.act,
      c.attributes,
      c.noticeSha256 ?? null,
      c.seenRevision ?? null,
      c.source,
      c.enrolmentId ?? null,
      c.digest,
      sealed ?? null,
      c.receivedAt,
      c.linkId,
    ],
  });
  return id;
}

export async function findConsentChange(
  connection: Connection,
  id: string,
): Promise<ConsentChangeRow | undefined> {
  return first(
    await connection.query<ConsentChangeRow>({
      name: "find-consent-change",
      text: `select ${columns} from consent_changes where id = $1`,
      values: [id],
    }),
  );
}

/** Like {@link findConsentChange}, and locks the row until the transaction ends. */
export async function lockConsentChange(
  connection: Connection,
  id: string,
): Promise<ConsentChangeRow | undefined> {
  return first(
    await connection.query<ConsentChangeRow>({
      name: "lock-consent-change",
      text: `select ${columns} from consent_changes where id = $1 for update`,
      values: [id],
    }),
  );
}

/** The newest change from one signed message. */
export async function findChangeOfMessage(
  connection: Connection,
  enrolmentId: string,
  digest: string,
): Promise<ConsentChangeRow | undefined> {
  return first(
    await connection.query<ConsentChangeRow>({
      name: "find-change-of-message",
      text: `select ${columns} from consent_changes where enrolment_id = $1 and digest = $2
             order by outcome is distinct from 'applied', outcome is not null, received_at desc limit 1`,
      values: [enrolmentId, digest],
    }),
  );
}

/** The change of a consent with this digest, whoever sent it. */
export async function findChangeOfConsent(
  connection: Connection,
  consentId: string,
  digest: string,
): Promise<ConsentChangeRow | undefined> {
  return first(
    await connection.query<ConsentChangeRow>({
      name: "find-change-of-consent",
      text: `select ${columns} from consent_changes where consent_id = $1 and digest = $2`,
      values: [consentId, digest],
    }),
  );
}

/** All changes of a person's consents from one proof. */
export async function findChangesOfPerson(
  connection: Connection,
  personId: string,
  digest: string,
): Promise<Pick<ConsentChangeRow, "id" | "consentId">[]> {
  const { rows } = await connection.query<Pick<ConsentChangeRow, "id" | "consentId">>({
    name: "find-changes-of-person",
    text: `select id, consent_id as "consentId" from consent_changes where person_id = $1 and digest = $2 order by id`,
    values: [personId, digest],
  });
  return rows;
}

/**
 * Whether the person, or operators for them, withdrew a consent of this subject after a given time. Withdrawals at J-LIS do not
 * count: J-LIS gives no time.
 */
export async function isWithdrawnSince(
  connection: Connection,
  { personId, kind, partyId, linkId }: ConsentSubject,
  since: Date,
): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "is-withdrawn-since",
    text: `select 1 from consent_changes
           where person_id = $1 and kind = $2 and party_id is not distinct from $3 and link_id is not distinct from $4
             and act = 'withdraw' and outcome = 'applied' and source <> 'j-lis' and received_at > $5 limit 1`,
    values: [personId, kind, partyId, linkId, since],
  });
  return rowCount === 1;
}

/** The change that created a revision of a consent; `undefined` if the end of its term did. */
export async function findChangeOfRevision(
  connection: Connection,
  consentId: string,
  revision: number,
): Promise<ConsentChangeRow | undefined> {
  return first(
    await connection.query<ConsentChangeRow>({
      name: "find-change-of-revision",
      text: `select ${columns} from consent_changes where consent_id = $1 and revision = $2 and outcome = 'applied'`,
      values: [consentId, revision],
    }),
  );
}

/** The enrolment at whose tap the consent was last given with the card: its evidence has the signed CMS. */
export async function lastTapOf(connection: Connection, consentId: string): Promise<string | undefined> {
  return first(
    await connection.query<{ enrolmentId: string }>({
      name: "last-tap-of-consent",
      text: `select enrolment_id as "enrolmentId" from consent_changes
             where consent_id = $1 and source = 'card' and outcome = 'applied' and act <> 'withdraw'
               and enrolment_id is not null
             order by revision desc limit 1`,
      values: [consentId],
    }),
  )?.enrolmentId;
}

/** Stores the outcome of a change, and the receipt if it was applied. */
export async function decideConsentChange(
  connection: Connection,
  id: string,
  decided: { outcome: "applied"; revision: number; receipt: string } | { outcome: RefusalCode },
): Promise<void> {
  const { revision, receipt } = { revision: null, receipt: null, ...decided };
  await connection.query({
    name: "decide-consent-change",
    text: "update consent_changes set outcome = $2, revision = $3, receipt = $4 where id = $1",
    values: [id, decided.outcome, revision, receipt],
  });
}

/** The number of consents that a person gave with the phones of one party: those in force, and all given since a given time. */
export async function grantsByParty(
  connection: Connection,
  { personId, partyId }: { personId: string; partyId: string },
  since: Date,
): Promise<number> {
  const { rows } = await connection.query<{ count: number }>({
    name: "grants-by-party",
    text: `select count(*)::int as count from consent_changes h join enrolments e on e.id = h.enrolment_id
           where h.person_id = $1 and e.party_id = $2 and h.act = 'grant' and h.source = 'device'
             and (h.outcome is null or h.outcome = 'applied')
             and (h.received_at > $3
               or exists (select 1 from consents c where c.id = h.consent_id and c.state = 'in-force'))`,
    values: [personId, partyId, since],
  });
  return required(rows[0], "The row that a statement returns").count;
}

/** How many renewals and amendments a person sent with the phones of one party since a given time, whatever their outcome. */
export async function revisionsByParty(
  connection: Connection,
  { personId, partyId }: { personId: string; partyId: string },
  since: Date,
): Promise<number> {
  const { rows } = await connection.query<{ count: number }>({
    name: "revisions-by-party",
    text: `select count(*)::int as count from consent_changes h join enrolments e on e.id = h.enrolment_id
           where h.person_id = $1 and e.party_id = $2 and h.act in ('renew', 'amend') and h.source = 'device'
             and h.received_at > $3`,
    values: [personId, partyId, since],
  });
  return required(rows[0], "The row that a statement returns").count;
}

/** The time of the `nth` newest renewal or amendment of a consent by phone since a given time; `undefined` if there were fewer. */
export async function nthRevisionByPhone(
  connection: Connection,
  { consentId, since, nth }: { consentId: string; since: Date; nth: number },
): Promise<Date | undefined> {
  return first(
    await connection.query<{ at: Date }>({
      name: "nth-revision-by-phone",
      text: `select received_at as at from consent_changes
             where consent_id = $1 and source = 'device' and act in ('renew', 'amend') and received_at > $2
             order by received_at desc offset $3 limit 1`,
      values: [consentId, since, nth - 1],
    }),
  )?.at;
}
