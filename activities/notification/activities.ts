import { answerNotification } from "../../domain/notification/answering.ts";
import { transaction } from "../../registry/database.ts";
import type { NotificationActivities } from "../../workflows/notification/contract.ts";
import { createAskingActivities } from "./asking.ts";
import type { NotificationDeps } from "./deps.ts";
import { createReceiptActivities } from "./receipts.ts";
import { createTransmittingActivities } from "./transmitting.ts";

/** The activities of the notification lifecycle: the person, the party, and the receipt. */
export const createNotificationActivities = (deps: NotificationDeps): NotificationActivities => ({
  ...createAskingActivities(deps),
  recordAnswer: ({ answerId }) =>
    transaction(deps.pool, (connection) => answerNotification(connection, deps, answerId)),
  ...createTransmittingActivities(deps),
  ...createReceiptActivities(deps),
});
