import { closeNotification, openNotification } from "../../domain/notification/opening.ts";
import { notificationView } from "../../domain/notification/view.ts";
import { transaction } from "../../registry/database.ts";
import {
  findNotification,
  markReached,
  type NotificationRow,
} from "../../registry/notification/notifications.ts";
import type { NotificationActivities, NotificationView } from "../../workflows/notification/contract.ts";
import type { NotificationDeps } from "./deps.ts";
import { pushToPhones } from "./phones.ts";

/** Asks the person about a change: opens the notification, notifies the phones, and closes it without an answer. */
export function createAskingActivities(
  deps: NotificationDeps,
): Pick<
  NotificationActivities,
  "openNotification" | "readNotification" | "pushNotification" | "closeNotification"
> {
  const viewOf = (row: NotificationRow): NotificationView => notificationView(row, deps.durations);
  return {
    async openNotification(input) {
      const row = await transaction(deps.pool, (connection) => openNotification(connection, deps, input));
      return row ? viewOf(row) : { kind: "nothing-to-tell" };
    },

    async readNotification({ notificationId }) {
      return viewOf((await findNotification(deps.pool, notificationId)) ?? gone());
    },

    async pushNotification({ notificationId, reminder }) {
      const row = (await findNotification(deps.pool, notificationId)) ?? gone();
      // A person who has already opened it is not notified now, and is still reminded.
      const isOpened = row.reached === "opened";
      if (row.state !== "open" || (isOpened && !reminder)) return { reached: isOpened };
      const type = reminder ? "reminder" : "change";
      const reached = await pushToPhones(deps, row.personId, row.partyId, { type, notificationId });
      await markReached(deps.pool, [notificationId], reached ? "pushed" : "unreachable");
      return { reached };
    },

    async closeNotification({ notificationId, why }) {
      return viewOf(
        await transaction(deps.pool, (connection) =>
          closeNotification(connection, deps, notificationId, why),
        ),
      );
    },
  };
}

const gone = (): never => {
  throw new Error("A notification is not in the registry; was the database restored to an earlier time?");
};
