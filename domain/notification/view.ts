import type { NotificationRow } from "../../registry/notification/notifications.ts";
import type { NotificationView } from "../../workflows/notification/contract.ts";

/** How long a notification waits for whom, milliseconds. */
export interface NotificationDurations {
  notificationExpiryMs: number;
  /** When the person is reminded, after they were asked. */
  notificationRemindersMs: number[];
  deliverWithinMs: number;
  acknowledgeWithinMs: number;
  /** Within how long each party's app, at a moment of its own, is asked about one change. */
  askWithinMs: number;
  /** The day with whose end a notification ends. */
  expiryDayMs: number;
}

/** The row as the lifecycle sees it. */
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
