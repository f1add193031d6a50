import {
  ActivityCancellationType,
  ActivityFailure,
  isCancellation,
  proxyActivities,
} from "@temporalio/workflow";
import type { NotificationActivities } from "./contract.ts";

export type HandedOver = Awaited<ReturnType<NotificationActivities["deliverEvent"]>>["kind"] | "failed";

const longestPauseMs = 3_600_000;

/**
 * Delivers one event, with retries for `withinMs`: the intervals double, up to an hour or a hundredth of the time, so that a
 * time scale shortens both. The retries are the activity's own, so a party that is down for a week costs no more history than
 * one that answers. `failed` when the time is over or the party refused for good.
 */
export async function handOver(jti: string, withinMs: number): Promise<HandedOver> {
  const { deliverEvent } = proxyActivities<Pick<NotificationActivities, "deliverEvent">>({
    startToCloseTimeout: "1 minute",
    // After a withdrawal nothing is waited for; the next try would find the event cancelled in the registry.
    cancellationType: ActivityCancellationType.ABANDON,
    scheduleToCloseTimeout: Math.max(1, withinMs),
    retry: {
      initialInterval: "1s",
      backoffCoefficient: 2,
      maximumInterval: Math.max(1_000, Math.min(longestPauseMs, withinMs / 100)),
    },
  });
  try {
    return (await deliverEvent({ jti })).kind;
  } catch (error) {
    if (error instanceof ActivityFailure && !isCancellation(error)) return "failed";
    throw error;
  }
}
