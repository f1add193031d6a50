import type { NotificationRow } from "../../registry/notification/notifications.ts";
import type { NotificationView } from "../../workflows/notification/contract.ts";

/** Time limits of a notification, milliseconds. */
export interface NotificationDurations {
  notificationExpiryMs: number;
  /** When the person is reminded, counted from the question. */
  notificationRemindersMs: number[];
  deliverWithinMs: number;
  acknowledgeWithinMs: number;
  /** Period within which each party's app is asked about one change, at its own random time. */
  askWithinMs: number;
  /** The day at whose end a notification expires. */
  expiryDayMs: number;
}

/** The row as the workflow sees it. */
export function notificationView(row: NotificationRow, durations: NotificationDurations): NotificationView {
  const asked = (row.askAt ?? row.createdAt).getTime();
  const reminders = durations.notificationRemindersMs.map((after) => new Date(asked + after));
  return {
    notificationId: row.id,
    state: row.state,
    delivery: row.delivery,
    ...(row.jti ? { jti: row.jti } : {}),
    ...(row.askAt ? { askAt: row.askAt.toISOString() } : {}),
    expiresAt: row.expiresAt.toISOString(),
    remindAt: reminders.filter((at) => at < row.expiresAt).map((at) => at.toISOString()),
    deliverWithinMs: durations.deliverWithinMs,
    acknowledgeWithinMs: durations.acknowledgeWithinMs,
  };
}
