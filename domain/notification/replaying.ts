import { audit } from "../../registry/audit/lines.ts";
import type { Connection } from "../../registry/database.ts";
import { moveDelivery } from "../../registry/notification/notifications.ts";
import { type ReplayableState, requeueEvents } from "../../registry/notification/requeueing.ts";

/** For how long after its delivery an event can be replayed, milliseconds. */
export const replayWindowMs = 30 * 86_400_000;
/** The most events of one replay: the transaction locks them. */
export const mostReplayed = 100;

/** Which events about persons a party wants again. */
export interface Replay {
  partyId: string;
  /** Both by default. */
  states?: readonly ReplayableState[];
  /** Only these. */
  jtis?: readonly string[];
  /** A range of times: of the delivery, or of the occurrence if the event was not delivered. */
  from?: Date;
  until?: Date;
  /** Continues after the last event of an earlier replay. */
  after?: string;
}

/**
 * Puts events of a party on their way again, in their order: dead-lettered ones, and delivered ones of the last 30 days, for
 * instance those that somebody else acknowledged. Each is sent only while its consent is in force, and a notification that was
 * acknowledged stays so.
 * @returns the events, at most 100, to be transmitted
 */
export async function replayEvents(connection: Connection, replay: Replay, now: Date): Promise<string[]> {
  const { partyId, states = ["dead-lettered", "delivered"], jtis, from, until, after } = replay;
  const requeued = await requeueEvents(connection, {
    partyId,
    states,
    jtis,
    from,
    until,
    after,
    deliveredSince: new Date(now.getTime() - replayWindowMs),
    limit: mostReplayed,
    now,
  });
  for (const { jti, was, notificationId } of requeued) {
    if (was === "dead-lettered" && notificationId !== null)
      await moveDelivery(connection, notificationId, ["dead-lettered"], "pending");
    await audit(connection, "event-replayed", jti, { partyId, was });
  }
  return requeued.map(({ jti }) => jti);
}
