import { randomInt } from "node:crypto";
import { endOfDayInJapan } from "../../protocol/japan.ts";
import { readWritings } from "../../registry/attribute-record/writings.ts";
import { audit } from "../../registry/audit/lines.ts";
import { lockDisclosure, settleDisclosure } from "../../registry/consent/disclosures.ts";
import type { Connection } from "../../registry/database.ts";
import {
  addNotification,
  closeOpenNotification,
  findNotification,
  findNotificationOf,
  lockNotification,
  moveDelivery,
  type NotificationRow,
} from "../../registry/notification/notifications.ts";
import { cancelSecurityEvent } from "../../registry/notification/security-events.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { NotificationInput } from "../../workflows/notification/contract.ts";
import type { NotificationDurations } from "./view.ts";
import { questionOf } from "./what-to-ask.ts";

/** Dependencies of opening and closing a notification. */
export interface OpeningDeps {
  sealer: Sealer;
  clock: () => Date;
  durations: Pick<NotificationDurations, "notificationExpiryMs" | "askWithinMs" | "expiryDayMs">;
}

/** What the person has to decide; `undefined` if nothing. If nothing differs, the party's versions are advanced. */
export async function openNotification(
  connection: Connection,
  deps: OpeningDeps,
  { consentId, version }: NotificationInput,
): Promise<NotificationRow | undefined> {
  const now = deps.clock();
  const consent = await lockDisclosure(connection, consentId, "update", now);
  const earlier = await findNotificationOf(connection, consentId, version);
  if (earlier) return earlier;
  if (!consent?.inForce || version <= consent.settledVersion) return undefined;
  const { personId, partyId, disclosedVersion: sinceVersion, given: since } = consent;
  const writings = await readWritings(connection, deps.sealer, personId, version);
  const { attributes, given } = questionOf(writings, since, consent.attributes);
  if (attributes.length === 0) {
    await settleDisclosure(connection, consentId, version, given);
    return undefined;
  }
  const { notificationExpiryMs, askWithinMs, expiryDayMs } = deps.durations;
  // Several parties ask about one change: each at its own random time, until the end of a day (docs/decisions/0021).
  const askAt = askWithinMs > 0 ? new Date(now.getTime() + randomInt(askWithinMs)) : null;
  const row = await addNotification(connection, {
    consentId,
    personId,
    partyId,
    version,
    writing: given.writing,
    sinceVersion,
    since,
    attributes,
    createdAt: now,
    askAt,
    expiresAt: endOfDayInJapan(new Date(now.getTime() + notificationExpiryMs), expiryDayMs),
  });
  await audit(connection, "notification-opened", row.id, { consentId, version });
  return row;
}

/** Closes an open notification, and one that must no longer be sent; any other is unchanged. */
export async function closeNotification(
  connection: Connection,
  deps: OpeningDeps,
  notificationId: string,
  why: "expired" | "cancelled",
): Promise<NotificationRow> {
  const { consentId } = (await findNotification(connection, notificationId)) ?? gone();
  const consent = await lockDisclosure(connection, consentId, "update", deps.clock());
  const row = (await lockNotification(connection, notificationId)) ?? gone();
  if (row.state === "open") {
    const state = !consent?.inForce ? "withdrawn" : why === "expired" ? "expired" : "superseded";
    await closeOpenNotification(connection, notificationId, state);
    // No answer is a decision: the next change is asked about again, this one is not.
    if (state === "expired") await settleDisclosure(connection, consentId, row.version, undefined);
    await audit(connection, "notification-closed", notificationId, { state, consentId });
  } else if (row.delivery === "pending" && !consent?.inForce) {
    await cancelDelivery(connection, notificationId);
  }
  return (await findNotification(connection, notificationId)) ?? gone();
}

/** The consent ended before the event was delivered: the event is cancelled. */
export async function cancelDelivery(connection: Connection, notificationId: string): Promise<void> {
  await cancelSecurityEvent(connection, notificationId);
  await moveDelivery(connection, notificationId, ["pending", "dead-lettered"], "cancelled");
  await audit(connection, "delivery-cancelled", notificationId);
}

const gone = (): never => {
  throw new Error("A notification is not in the registry; was the database restored to an earlier time?");
};
