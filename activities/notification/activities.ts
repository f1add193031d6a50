import type { NotificationActivities } from "../../workflows/notification/contract.ts";
import { createAnsweringActivities } from "./answering.ts";
import { createAskingActivities } from "./asking.ts";
import type { NotificationDeps } from "./deps.ts";
import { createReceiptActivities } from "./receipts.ts";
import { createTellingActivities } from "./telling.ts";

/** What the notification lifecycle asks of the world: the person, the party, and the receipt. */
export const createNotificationActivities = (deps: NotificationDeps): NotificationActivities => ({
  ...createAskingActivities(deps),
  ...createAnsweringActivities(deps),
  ...createTellingActivities(deps),
  ...createReceiptActivities(deps),
});
