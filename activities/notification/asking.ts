import { questionOf } from "../../domain/notification/what-to-ask.ts";
import { readWritings } from "../../registry/attribute-record/writings.ts";
import { audit } from "../../registry/audit/lines.ts";
import { lockDisclosure, settleDisclosure } from "../../registry/consent/disclosures.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import {
  addNotification,
  closeOpenNotification,
  findNotification,
  findNotificationOf,
  lockNotification,
  markReached,
  moveDelivery,
  type NotificationRow,
} from "../../registry/notification/notifications.ts";
import { cancelSecurityEvent } from "../../registry/notification/security-events.ts";
import type {
  NotificationActivities,
  NotificationInput,
  NotificationView,
} from "../../workflows/notification/contract.ts";
import type { NotificationDeps, NotificationDurations } from "./deps.ts";
import { pushToPhones } from "./phones.ts";

/** Putting a change before the person: opening it, telling the phones, and its end without an answer. */
export function createAskingActivities(
  deps: NotificationDeps,
): Pick<
  NotificationActivities,
  "openNotification" | "readNotification" | "pushNotification" | "closeNotification"
> {
  const viewOf = (row: NotificationRow): NotificationView => notificationView(row, deps.durations);
  return {
    async openNotification(input) {
      const row = await transaction(deps.pool, (connection) => open(connection, deps, input));
      return row ? viewOf(row) : { kind: "nothing-to-tell" };
    },

    async readNotification({ notificationId }) {
      return viewOf((await findNotification(deps.pool, notificationId)) ?? gone());
    },

    async pushNotification({ notificationId, reminder }) {
      const row = (await findNotification(deps.pool, notificationId)) ?? gone();
      // Whoever opened it by themselves is not called again, and is reminded all the same.
      const isOpened = row.reached === "opened";
      if (row.state !== "open" || (isOpened && !reminder)) return { reached: isOpened };
      const type = reminder ? "reminder" : "change";
      const reached = await pushToPhones(deps, row.personId, row.partyId, { type, notificationId });
      await markReached(deps.pool, [notificationId], reached ? "pushed" : "unreachable");
      return { reached };
    },

    async closeNotification({ notificationId, why }) {
      return viewOf(
        await transaction(deps.pool, (connection) => close(connection, deps, notificationId, why)),
      );
    },
  };
}

/** What the person has to decide; `undefined` where there is nothing. The versions move on where nothing differs. */
async function open(
  connection: Connection,
  deps: NotificationDeps,
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
    expiresAt: new Date(now.getTime() + deps.durations.notificationExpiryMs),
  });
  await audit(connection, "notification-opened", row.id, { consentId, version });
  return row;
}

/** Ends what is open, and what must not be told any more; anything else stays as it is. */
async function close(
  connection: Connection,
  deps: NotificationDeps,
  notificationId: string,
  why: "expired" | "cancelled",
): Promise<NotificationRow> {
  const { consentId } = (await findNotification(connection, notificationId)) ?? gone();
  const consent = await lockDisclosure(connection, consentId, "update", deps.clock());
  const row = (await lockNotification(connection, notificationId)) ?? gone();
  if (row.state === "open") {
    const state = !consent?.inForce ? "withdrawn" : why === "expired" ? "expired" : "superseded";
    await closeOpenNotification(connection, notificationId, state);
    // Decided by silence: the next change asks again, this one does not.
    if (state === "expired") await settleDisclosure(connection, consentId, row.version, undefined);
    await audit(connection, "notification-closed", notificationId, { state });
  } else if (row.delivery === "pending" && !consent?.inForce) {
    await cancelDelivery(connection, notificationId);
  }
  return (await findNotification(connection, notificationId)) ?? gone();
}

/** The consent has ended before the event was handed over: it never will be. */
export async function cancelDelivery(connection: Connection, notificationId: string): Promise<void> {
  await cancelSecurityEvent(connection, notificationId);
  await moveDelivery(connection, notificationId, ["pending", "dead-lettered"], "cancelled");
  await audit(connection, "delivery-cancelled", notificationId);
}

/** The row as the lifecycle sees it. */
function notificationView(row: NotificationRow, durations: NotificationDurations): NotificationView {
  const opened = row.createdAt.getTime();
  const reminders = durations.notificationRemindersMs.map((after) => new Date(opened + after));
  return {
    notificationId: row.id,
    state: row.state,
    delivery: row.delivery,
    ...(row.jti ? { jti: row.jti } : {}),
    expiresAt: row.expiresAt.toISOString(),
    remindAt: reminders.filter((at) => at < row.expiresAt).map((at) => at.toISOString()),
    deliverWithinMs: durations.deliverWithinMs,
    acknowledgeWithinMs: durations.acknowledgeWithinMs,
  };
}

const gone = (): never => {
  throw new Error("A notification is not in the registry; was the database restored to an earlier time?");
};
