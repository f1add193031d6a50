import type { MovedNotification } from "../../domain/notification/streams.ts";
import type { SharedSignalsDeps } from "./deps.ts";

/** Tells the workflows of notifications that their delivery has ended. */
export async function signalMoved(
  { notification }: Pick<SharedSignalsDeps, "notification">,
  moved: readonly MovedNotification[],
): Promise<void> {
  for (const { consentId, version } of moved) await notification.moved(consentId, version);
}
