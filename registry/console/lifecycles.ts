import type { Connection } from "../database.ts";
import { micros, moment, type Page, pageOf } from "./page.ts";

/** A lifecycle as the console lists it: ids, states and times only. */
export interface ListedLifecycle {
  id: string;
  personId: string | null;
  partyId: string | null;
  state: string;
  at: Date;
  /** `<consentId>/<version>` of this notification, or of the one it belongs to. */
  notification: string | null;
  /** The cursor of the page that begins after this row. */
  cursor: string;
}

const notificationOf = (id: string): string =>
  `(select n.consent_id || '/' || n.version from notifications n where n.id = ${id})`;

/** A query for lifecycles of a kind; optionally of one state, of one party, and after a cursor. */
const list = (source: string): string =>
  `select id, person_id as "personId", party_id as "partyId", state, at, notification,
     ${micros("at")} || '_' || id as cursor
   from (${source}) l (id, person_id, party_id, state, at, notification)
   where ($2::text is null or state = $2) and ($3::text is null or party_id = $3)
     and ($4::text is null or (at, id) < (${moment("$4")}, $5::uuid))
   order by at desc, id desc limit $1`;

const texts = {
  issuance: list("select id, person_id, party_id, state, created_at, null from enrolments"),
  consent: list("select id, person_id, party_id, state, created_at, null from consents"),
  notification: list(
    "select id, person_id, party_id, state, created_at, consent_id || '/' || version from notifications",
  ),
  delivery: list(
    `select jti, (select n.person_id from notifications n where n.id = notification_id), party_id, state,
       created_at, ${notificationOf("notification_id")} from security_events`,
  ),
  "change-detection": list("select id, person_id, null, state, found_at, null from card_revocations"),
} as const;

export type ListedKind = keyof typeof texts;
export const listedKinds = Object.keys(texts) as [ListedKind, ...ListedKind[]];

/** Lifecycles of a kind, newest first. An unnamed statement, so that unused filters are not part of its plan. */
export async function listLifecycles(
  connection: Connection,
  kind: ListedKind,
  wanted: { state?: string; partyId?: string; before?: { micros: string; id: string }; limit: number },
): Promise<Page<ListedLifecycle>> {
  const { state = null, partyId = null, before, limit } = wanted;
  const { rows } = await connection.query<ListedLifecycle>(texts[kind], [
    limit + 1,
    state,
    partyId,
    before?.micros ?? null,
    before?.id ?? null,
  ]);
  return pageOf(rows, limit, ({ cursor }) => cursor);
}
