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

/** Records that the party has received an event. A repetition, or another party's event, changes nothing. */
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

/** Error codes of RFC 8935 §2.4 after which the same token may be accepted later: keys and permissions can be corrected. */
const passing = new Set([
  "invalid_key",
  "invalid_issuer",
  "invalid_audience",
  "authentication_failed",
  "access_denied",
]);

/** The party refused the event: it is sent again, or dead-lettered at once if that cannot help. */
export async function noteRefused(
  deps: SharedSignalsDeps,
  stream: Stream,
  jti: string,
  code: string,
): Promise<void> {
  await onOwnEvent(deps, stream, jti, async (connection, { state, notificationId }, under) => {
    if (state !== "pending") return false;
    // Other codes of a party are not stored: they could be any text.
    await markFailed(connection, jti, passing.has(code) ? code : "invalid_request");
    if (passing.has(code)) return false;
    await deadLetter(connection, jti);
    if (notificationId !== undefined)
      await moveDelivery(connection, notificationId, ["pending"], "dead-lettered");
    await audit(connection, "event-dead-lettered", jti, under);
    return true;
  });
}

/** Acts on an event of the stream's party in one transaction; if its state changed, signals the workflow. */
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
    // Lock the consent before the event, as every act on a notification does: a withdrawal comes before or after this.
    const consentId = row?.consentId ?? found.consentId;
    if (consentId) await lockDisclosure(connection, consentId, "share", clock());
    const event = await lockSecurityEvent(connection, jti);
    return event && (await act(connection, event, { consentId: row?.consentId ?? "" })) ? row : undefined;
  });
  if (moved) await notification.moved(moved.consentId, moved.version);
}
