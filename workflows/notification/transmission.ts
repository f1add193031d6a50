import { proxyLocalActivities } from "@temporalio/workflow";
import { inRegistry } from "../in-registry.ts";
import type { NotificationActivities, TransmissionEnd, TransmissionInput } from "./contract.ts";
import { handOver } from "./handing-over.ts";

const { reopenEvent, deadLetterEvent } = proxyLocalActivities<NotificationActivities>(inRegistry);

/** Delivers one event without a notification: verification, stream updates, another phone, replays. */
export async function transmission({ jti }: TransmissionInput): Promise<TransmissionEnd> {
  const { deliverWithinMs } = await reopenEvent({ jti });
  const handed = await handOver(jti, deliverWithinMs);
  if (handed !== "failed") return handed;
  await deadLetterEvent({ jti });
  return "dead-lettered";
}
