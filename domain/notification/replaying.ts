import { audit } from "../../registry/audit/lines.ts";
import type { Connection } from "../../registry/database.ts";
import { requeueDelivered } from "../../registry/notification/undelivered.ts";

/** For how long after its delivery an event can be replayed. */
const retentionMs = 30 * 86_400_000;
/** How many events one request replays. */
const most = 1_000;

/** Which delivered events of a party to send again: by time of delivery, by id, or both. */
export interface Replay {
  partyId: string;
  since?: Date;
  until?: Date;
  jtis?: readonly string[];
}

/**
 * Sends delivered events about persons again over the party's stream, in their order: for instance those that somebody else
 * acknowledged with a bearer token of the stream. At most 1,000 of the last 30 days; each is sent only while its consent is in
 * force.
 * @returns the ids of the events, to be transmitted
 */
export async function replayDelivered(connection: Connection, replay: Replay, now: Date): Promise<string[]> {
  const { partyId, since, until, jtis } = replay;
  const earliest = new Date(now.getTime() - retentionMs);
  const requeued = await requeueDelivered(connection, {
    partyId,
    since: since !== undefined && since > earliest ? since : earliest,
    ...(until === undefined ? {} : { until }),
    ...(jtis === undefined ? {} : { jtis }),
    limit: most,
  });
  for (const jti of requeued) await audit(connection, "event-replayed", jti);
  return requeued;
}
