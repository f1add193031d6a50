import type { Connection } from "../database.ts";
import { type Page, pageOf } from "./page.ts";

/** An undelivered event. */
export interface TroubledDelivery {
  jti: string;
  partyId: string;
  event: string;
  state: "pending" | "dead-lettered";
  attempts: number;
  lastError: string | null;
  createdAt: Date;
  /** `<consentId>/<version>` of the event's notification. */
  notification: string | null;
  /** Order of creation, as decimal text. */
  position: string;
}

const troubled = (condition: string) =>
  `select jti, party_id as "partyId", event, state, attempts, last_error as "lastError",
     created_at as "createdAt", position::text as position,
     (select n.consent_id || '/' || n.version from notifications n where n.id = notification_id) as notification
   from security_events where ${condition} and security_events.position > $1
   order by security_events.position limit $2`;
const texts = {
  stuck: troubled("state = 'pending' and attempts > 0"),
  "dead-lettered": troubled("state = 'dead-lettered'"),
};

/** Deliveries that failed or were dead-lettered; oldest first. */
export async function listTroubled(
  connection: Connection,
  which: keyof typeof texts,
  { after = "0", limit }: { after?: string; limit: number },
): Promise<Page<TroubledDelivery>> {
  const { rows } = await connection.query<TroubledDelivery>({
    name: `console-${which}`,
    text: texts[which],
    values: [after, limit + 1],
  });
  return pageOf(rows, limit, ({ position }) => position);
}
