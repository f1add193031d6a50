import type { Connection } from "../database.ts";
import { micros, moment, type Page, pageOf } from "./page.ts";

/** An event in a person's lifecycles: ids, states and codes, never a person's name. */
export interface TimelineEntry {
  at: Date;
  kind: string;
  id: string;
  partyId: string | null;
  state: string | null;
  /** `<consentId>/<version>` of this notification, or of the one it belongs to. */
  notification: string | null;
  /** The cursor of the page that begins after this entry. */
  cursor: string;
}

/** The sources of the timeline; each is limited to a page before they are merged. */
const sources = [
  `select e.created_at as at, 'enrolment' as kind, e.id::text as id, e.party_id, e.state, null as notification
   from enrolments e where e.person_id = $1`,
  `select c.issued_at, 'certificate', c.serial, e.party_id, null, null
   from enrolments e join certificates c on c.enrolment_id = e.id where e.person_id = $1`,
  `select r.revoked_at, 'revocation', r.serial, e.party_id, r.reason, null
   from enrolments e join issuance_intents i on i.enrolment_id = e.id join revocations r on r.serial = i.serial
   where e.person_id = $1`,
  `select a.created_at, 'anchor', a.version::text, null, a.source, null from anchors a where a.person_id = $1`,
  `select w.created_at, 'writing', w.version || '-' || w.writing, null, w.source, null
   from anchor_writings w where w.person_id = $1`,
  `select k.received_at, 'consent-' || k.act, k.consent_id::text, k.party_id, k.outcome, null
   from consent_changes k where k.person_id = $1`,
  `select n.created_at, 'notification', n.id::text, n.party_id, n.state, n.consent_id || '/' || n.version
   from notifications n where n.person_id = $1`,
  `select s.created_at, 'delivery', s.jti::text, s.party_id, s.state, n.consent_id || '/' || n.version
   from notifications n join security_events s on s.notification_id = n.id where n.person_id = $1`,
  `select d.read_at, 'attributes-read', d.id::text, d.party_id, d.way, null
   from attribute_reads d where d.person_id = $1`,
];

const cut = (source: string): string =>
  `(select at, kind, id, party_id, state, notification from (${source}) t (at, kind, id, party_id, state, notification)
    where $2::text is null or (at, kind || '_' || id) < (${moment("$2")}, $3)
    order by at desc, kind || '_' || id desc limit $4)`;

/** A person's timeline, newest first. */
export async function readTimeline(
  connection: Connection,
  personId: string,
  wanted: { before?: { micros: string; id: string }; limit: number },
): Promise<Page<TimelineEntry>> {
  const { rows } = await connection.query<TimelineEntry>({
    name: "console-timeline",
    text: `select at, kind, id, party_id as "partyId", state, notification,
             ${micros("at")} || '_' || kind || '_' || id as cursor
           from (${sources.map(cut).join(" union all ")}) entries
           order by at desc, kind || '_' || id desc limit $4`,
    values: [personId, wanted.before?.micros ?? null, wanted.before?.id ?? null, wanted.limit + 1],
  });
  return pageOf(rows, wanted.limit, ({ cursor }) => cursor);
}
