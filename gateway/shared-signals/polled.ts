import { audit } from "../../registry/audit/lines.ts";
import { lockDisclosure } from "../../registry/consent/disclosures.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import {
  findNotification,
  moveDelivery,
  type NotificationRow,
} from "../../registry/notification/notifications.ts";
import {
  deadLetter,
  findSecurityEvent,
  lockSecurityEvent,
  markDelivered,
  markFailed,
  type SecurityEvent,
} from "../../registry/notification/security-events.ts";
import type { Stream } from "../../registry/notification/streams.ts";
import type { SharedSignalsDeps } from "./deps.ts";

/** The party has the event. A second word about it, and a word about another's, change nothing. */
export async function noteTaken(deps: SharedSignalsDeps, stream: Stream, jti: string): Promise<void> {
  await onOwnEvent(deps, stream, jti, async (connection, { state, notificationId }, under) => {
    if (state === "delivered") return false;
    await markDelivered(connection, jti);
    if (notificationId !== undefined)
      await moveDelivery(connection, notificationId, ["pending", "cancelled", "dead-lettered"], "delivered");
    await audit(connection, "event-delivered", jti, under);
    return true;
  });
}

/** Codes of RFC 8935 §2.4 with which the same token may be taken later: keys and rights can be put right. */
const passing = new Set([
  "invalid_key",
  "invalid_issuer",
  "invalid_audience",
  "authentication_failed",
  "access_denied",
]);

/** The party cannot take the event: it comes again, or, where that mends nothing, is a dead letter at once. */
export async function noteRefused(
  deps: SharedSignalsDeps,
  stream: Stream,
  jti: string,
  code: string,
): Promise<void> {
  await onOwnEvent(deps, stream, jti, async (connection, { state, notificationId }, under) => {
    if (state !== "pending") return false;
    // What else a party may say is not kept: a code from outside the list could be anything.
    await markFailed(connection, jti, passing.has(code) ? code : "invalid_request");
    if (passing.has(code)) return false;
    await deadLetter(connection, jti);
    if (notificationId !== undefined)
      await moveDelivery(connection, notificationId, ["pending"], "dead-lettered");
    await audit(connection, "event-dead-lettered", jti, under);
    return true;
  });
}

/** Acts on an event of the stream's party in one transaction; where something moved, the lifecycle is signalled. */
async function onOwnEvent(
  { pool, clock, notification }: SharedSignalsDeps,
  { partyId }: Stream,
  jti: string,
  act: (connection: Connection, event: SecurityEvent, under: { consentId: string }) => Promise<boolean>,
): Promise<void> {
  const moved = await transaction(pool, async (connection): Promise<NotificationRow | undefined> => {
    const found = await findSecurityEvent(connection, jti);
    if (found?.partyId !== partyId) return undefined;
    const { notificationId } = found;
    const row = notificationId === undefined ? undefined : await findNotification(connection, notificationId);
    // Before the event, as everybody who acts on a notification does: a withdrawal comes before this, or after it.
    const consentId = row?.consentId ?? found.consentId;
    if (consentId) await lockDisclosure(connection, consentId, "share", clock());
    const event = await lockSecurityEvent(connection, jti);
    return event && (await act(connection, event, { consentId: row?.consentId ?? "" })) ? row : undefined;
  });
  if (moved) await notification.moved(moved.consentId, moved.version);
}
