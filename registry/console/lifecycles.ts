import type { Connection } from "../database.ts";
import { micros, moment, type Page, pageOf } from "./page.ts";

/** A lifecycle as the console lists it: ids, states and times only. */
export interface ListedLifecycle {
  id: string;
  personId: string | null;
  partyId: string | null;
  state: string;
  at: Date;
  /** The consent and anchor version of the notification that this is, or belongs to: `<consentId>/<version>`. */
  notification: string | null;
  /** A page that begins after this row is asked for by it. */
  cursor: string;
}

const notificationOf = (id: string): string =>
  `(select n.consent_id || '/' || n.version from notifications n where n.id = ${id})`;

/** Where the lifecycles of each kind are. */
const sources = {
  issuance: `select id, person_id, party_id, state, created_at as at, null as notification from enrolments`,
  consent: `select id, person_id, party_id, state, created_at, null from consents`,
  notification: `select id, person_id, party_id, state, created_at, consent_id || '/' || version from notifications`,
  delivery: `select jti, (select n.person_id from notifications n where n.id = notification_id), party_id, state,
    created_at, ${notificationOf("notification_id")} from security_events`,
  "change-detection": `select id, person_id, null, state, found_at, null from card_revocations`,
} as const;

export type ListedKind = keyof typeof sources;
export const listedKinds = Object.keys(sources) as [ListedKind, ...ListedKind[]];

/** Lifecycles of a kind, newest first; of one state or, for issuance, one party where that is asked for. */
export async function listLifecycles(
  connection: Connection,
  kind: ListedKind,
  wanted: { state?: string; partyId?: string; before?: { micros: string; id: string }; limit: number },
): Promise<Page<ListedLifecycle>> {
  const values: unknown[] = [wanted.limit + 1];
  const where = ["true"];
  const place = (value: unknown) => `$${values.push(value)}`;
  if (wanted.state !== undefined) where.push(`state = ${place(wanted.state)}`);
  if (wanted.partyId !== undefined) where.push(`party_id = ${place(wanted.partyId)}`);
  if (wanted.before)
    where.push(`(at, id) < (${moment(place(wanted.before.micros))}, ${place(wanted.before.id)}::uuid)`);
  const { rows } = await connection.query<ListedLifecycle>(
    `select id, person_id as "personId", party_id as "partyId", state, at, notification,
       ${micros("at")} || '_' || id as cursor
     from (${sources[kind]}) l (id, person_id, party_id, state, at, notification)
     where ${where.join(" and ")} order by at desc, id desc limit $1`,
    values,
  );
  return pageOf(rows, wanted.limit, ({ cursor }) => cursor);
}
