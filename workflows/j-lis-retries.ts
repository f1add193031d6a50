import type { ActivityOptions } from "@temporalio/workflow";
import { changeDetection } from "./change-detection/contract.ts";

/**
 * J-LIS may be slow or unavailable.
 *
 * While a phone waits for the answer of a tap: tried until the challenge expires.
 */
export const whileThePhoneWaits: ActivityOptions = {
  startToCloseTimeout: "15s",
  retry: { initialInterval: "500ms", backoffCoefficient: 2, maximumInterval: "10s" },
};

/**
 * With a consent signed at the tap: tried for as long as the consent is in force. Activities on this task queue are paced, for the
 * quota is J-LIS's.
 */
export const withAConsent: ActivityOptions = {
  taskQueue: changeDetection.registerTaskQueue,
  startToCloseTimeout: "1 minute",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "1 hour" },
};

/**
 * For a person's new certificate, which may take days to appear: how long to wait for it is in the activity's own failures
 * (`nextRetryDelay`); these intervals are for a J-LIS that does not respond.
 */
export const forANewCertificate: ActivityOptions = {
  taskQueue: changeDetection.registerTaskQueue,
  startToCloseTimeout: "1 minute",
  retry: { initialInterval: "10s", backoffCoefficient: 2, maximumInterval: "1 hour" },
};
