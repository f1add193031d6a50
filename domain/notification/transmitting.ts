import { isAboutStream } from "../../protocol/events.ts";
import { audit } from "../../registry/audit/lines.ts";
import { lockDisclosure } from "../../registry/consent/disclosures.ts";
import type { Connection } from "../../registry/database.ts";
import { findNotification, moveDelivery } from "../../registry/notification/notifications.ts";
import { isRemoved } from "../../registry/notification/removed-subjects.ts";
import {
  deadLetter,
  earlierPending,
  findSecurityEvent,
  lockSecurityEvent,
  markDelivered,
  reopenSecurityEvent,
  type SecurityEvent,
} from "../../registry/notification/security-events.ts";
import { findStream, type Stream } from "../../registry/notification/streams.ts";
import { required } from "../../registry/required.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { cancelAnnouncements } from "../consent/announcing.ts";
import { cancelDelivery } from "./opening.ts";

/** Dependencies of transmitting an event. */
export interface TransmittingDeps {
  sealer: Sealer;
  clock: () => Date;
}

/**
 * What to do with an event now. `later`: not yet, for the reason of the code; `never`: not at all; `unknown`: there is no such
 * event.
 */
export type Transmission =
  | { kind: "later"; code: "STREAM_MISSING" | "STREAM_NOT_ENABLED" | "EARLIER_EVENT_FIRST" }
  | { kind: "never"; code: "STREAM_DISABLED" | "SUBJECT_REMOVED" | "DEAD_LETTER" }
  | { kind: "unknown" }
  | { kind: "delivered" | "waits-for-poll" | "cancelled" }
  | { kind: "push"; event: SecurityEvent; stream: Stream & { endpoint: string } };

/** Decides what to do with an event, under the lock of its consent. */
export async function prepareTransmission(
  connection: Connection,
  deps: TransmittingDeps,
  jti: string,
): Promise<Transmission> {
  const found = await findSecurityEvent(connection, jti);
  if (!found) return { kind: "unknown" };
  const inForce = await mayBeSent(connection, deps, found);
  const event = required(await lockSecurityEvent(connection, jti), "A security event");
  if (event.state === "delivered") {
    if (event.notificationId) await moveDelivery(connection, event.notificationId, ["pending"], "delivered");
    return { kind: "delivered" };
  }
  if (event.state === "cancelled") return { kind: "cancelled" };
  if (event.state === "dead-lettered") return { kind: "never", code: "DEAD_LETTER" };
  if (!inForce) {
    if (event.notificationId) await cancelDelivery(connection, event.notificationId);
    else
      await cancelAnnouncements(
        connection,
        required(event.consentId, "The consent of a security event"),
        jti,
      );
    return { kind: "cancelled" };
  }
  const stream = await findStream(connection, deps.sealer, event.partyId);
  if (!stream || !listensTo(stream, event)) return { kind: "later", code: "STREAM_MISSING" };
  // A disabled stream holds nothing (Shared Signals Framework 1.0 §8.1.2.1).
  if (stream.status === "disabled") return { kind: "never", code: "STREAM_DISABLED" };
  if (event.subject !== undefined && (await isRemoved(connection, stream.id, event.subject)))
    return { kind: "never", code: "SUBJECT_REMOVED" };
  if (stream.status !== "enabled") return { kind: "later", code: "STREAM_NOT_ENABLED" };
  if (stream.method === "poll" || stream.endpoint === undefined) return { kind: "waits-for-poll" };
  if (await earlierPending(connection, event, deps.clock()))
    return { kind: "later", code: "EARLIER_EVENT_FIRST" };
  return { kind: "push", event, stream: { ...stream, endpoint: stream.endpoint } };
}

/** An event about a person's attributes is sent only under a consent in force; its row is locked in the meantime. */
async function mayBeSent(
  connection: Connection,
  deps: TransmittingDeps,
  event: SecurityEvent,
): Promise<boolean> {
  if (!event.notificationId && !event.consentId) return true;
  const row = event.notificationId ? await findNotification(connection, event.notificationId) : event;
  const consent = row?.consentId && (await lockDisclosure(connection, row.consentId, "share", deps.clock()));
  return consent ? consent.inForce : false;
}

/** Events of the framework itself are sent to every stream. */
const listensTo = ({ eventsRequested }: Stream, { event }: SecurityEvent): boolean =>
  isAboutStream(event) || eventsRequested.includes(event);

/** Records that the party has received an event. */
export async function noteDelivered(connection: Connection, jti: string): Promise<void> {
  const event = required(await lockSecurityEvent(connection, jti), "A security event");
  await markDelivered(connection, jti);
  if (event.notificationId)
    await moveDelivery(
      connection,
      event.notificationId,
      ["pending", "cancelled", "dead-lettered"],
      "delivered",
    );
  await audit(connection, "event-delivered", jti, await consentOf(connection, event));
}

/** An operator retransmits a dead-lettered event. Any other event is unchanged. */
export async function reopenEvent(connection: Connection, jti: string): Promise<void> {
  const event = await lockSecurityEvent(connection, jti);
  if (event?.state !== "dead-lettered") return;
  await reopenSecurityEvent(connection, jti);
  if (event.notificationId)
    await moveDelivery(connection, event.notificationId, ["dead-lettered"], "pending");
  await audit(connection, "event-replayed", jti);
}

/** Marks an event whose delivery time is over. A delivered or cancelled event is unchanged. */
export async function deadLetterEvent(connection: Connection, jti: string): Promise<void> {
  const event = await lockSecurityEvent(connection, jti);
  if (event?.state !== "pending") return;
  await deadLetter(connection, jti);
  if (event.notificationId)
    await moveDelivery(connection, event.notificationId, ["pending"], "dead-lettered");
  await audit(connection, "event-dead-lettered", jti, await consentOf(connection, event));
}

/** For its audit line: the consent of an event, with which it is purged; empty if it has none. */
async function consentOf(
  connection: Connection,
  { notificationId }: SecurityEvent,
): Promise<{ consentId: string }> {
  const row = notificationId === undefined ? undefined : await findNotification(connection, notificationId);
  return { consentId: row?.consentId ?? "" };
}
