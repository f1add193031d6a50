import { notificationReceiptOf } from "../../domain/notification/receipt.ts";
import { findNotification, storeReceipt } from "../../registry/notification/notifications.ts";
import type { NotificationActivities } from "../../workflows/notification/contract.ts";
import type { NotificationDeps } from "./deps.ts";
import { pushToPhones } from "./phones.ts";

/** The person's receipt: what they confirmed, that the party was notified, and what it did. */
export function createReceiptActivities(
  deps: NotificationDeps,
): Pick<NotificationActivities, "writeReceipt"> {
  return {
    async writeReceipt({ notificationId }) {
      const row = await findNotification(deps.pool, notificationId);
      if (row?.state !== "confirmed") return;
      const receipt = await notificationReceiptOf(deps, row);
      await storeReceipt(deps.pool, row.id, receipt);
      await pushToPhones(deps, row.personId, row.partyId, { type: "receipt", notificationId });
    },
  };
}
