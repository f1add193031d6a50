import type { Info } from "@temporalio/activity";
import type { ApplicationFailure } from "@temporalio/common";
import { msToNumber } from "@temporalio/common/lib/time.js";

/**
 * When Temporal will try a failed activity again, by its retry policy or by the delay that the failure asks for.
 * @param info of the running attempt
 * @returns `undefined` if it will not, or if its policy is unknown
 */
export function nextAttemptAt(
  info: Pick<Info, "attempt" | "retryPolicy"> | undefined,
  { nonRetryable, nextRetryDelay }: ApplicationFailure,
  now: Date,
): Date | undefined {
  if (nonRetryable === true || info?.retryPolicy === undefined) return undefined;
  const { initialInterval = 1_000, backoffCoefficient = 2, maximumInterval } = info.retryPolicy;
  const initialMs = msToNumber(initialInterval);
  const longestMs = maximumInterval === undefined ? 100 * initialMs : msToNumber(maximumInterval);
  const delayMs =
    nextRetryDelay === undefined || nextRetryDelay === null
      ? Math.min(initialMs * backoffCoefficient ** (info.attempt - 1), longestMs)
      : msToNumber(nextRetryDelay);
  return new Date(now.getTime() + delayMs);
}
