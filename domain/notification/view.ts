import type { NotificationRow } from "../../registry/notification/notifications.ts";
import type { NotificationView } from "../../workflows/notification/contract.ts";

/** How long a notification waits for whom, milliseconds. */
export interface NotificationDurations {
  notificationExpiryMs: number;
  /** When the person is reminded, after the notification was opened. */
  notificationRemindersMs: number[];
  deliverWithinMs: number;
  acknowledgeWithinMs: number;
}

/** The row as the lifecycle sees it. */
export function notificationView(row: NotificationRow, durations: NotificationDurations): NotificationView {
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
