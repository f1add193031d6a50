import type { Connection } from "../database.ts";
import {
  type Listed,
  type ListPage,
  listed,
  listPage,
  newestFirst,
  oldestFirst,
  pageValues,
  type Wanted,
} from "../list-page.ts";
import { hasHappened, isUnderConsent } from "./security-events.ts";

/** An event as its party sees it: without its content. */
export interface PartyEvent {
  jti: string;
  event: string;
  subject: string | null;
  consentId: string | null;
  state: "pending" | "delivered" | "dead-lettered" | "cancelled";
  /** When it happened; the time of the act behind it may be another, and is not the party's to know. */
  at: Date;
  attempts: number;
  lastError: string | null;
  nextAttemptAt: Date | null;
  deliveredAt: Date | null;
}

const columns = [
  "jti",
  "event",
  "subject",
  "consentId",
  "state",
  "at",
  "attempts",
  "lastError",
  "nextAttemptAt",
  "deliveredAt",
];
const at = "coalesce(e.happened_at, e.created_at)";
const eventsIn = (condition: string, place: string): string =>
  listed(
    columns,
    `select e.jti, e.event, e.subject, coalesce(e.consent_id, n.consent_id) as "consentId", e.state, ${at} as at, e.attempts,
       e.last_error as "lastError", e.next_attempt_at as "nextAttemptAt", e.delivered_at as "deliveredAt",
       0 as rank, ${place} as place, e.jti as id
     from security_events e left join notifications n on n.id = e.notification_id
     where e.party_id = $1 and ${hasHappened("e", "$2")} and ${condition}`,
    3,
  );
const texts = {
  pending: eventsIn(`e.state = 'pending' and ${isUnderConsent("e", "$2")}`, oldestFirst(at)),
  "dead-lettered": eventsIn(`e.state = 'dead-lettered' and ${isUnderConsent("e", "$2")}`, oldestFirst(at)),
  delivered: eventsIn("e.state = 'delivered'", newestFirst(at)),
};

/**
 * A party's events of one state that have happened: undelivered and dead-lettered ones oldest first, and only those that may be
 * sent; delivered ones newest first.
 */
export async function partyEvents(
  connection: Connection,
  { partyId, state, now }: { partyId: string; state: keyof typeof texts; now: Date },
  wanted: Wanted,
): Promise<ListPage<PartyEvent>> {
  const { rows } = await connection.query<Listed<PartyEvent>>({
    name: `party-events-${state}`,
    text: texts[state],
    values: [partyId, now, ...pageValues(wanted)],
  });
  return listPage(rows, wanted);
}
