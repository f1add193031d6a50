import type { ActivityOptions } from "@temporalio/workflow";
import { changeDetection } from "./change-detection/contract.ts";

/**
 * J-LIS may be slow or unavailable.
 *
 * While a phone waits for the answer of a tap: retried until the challenge expires.
 */
export const whileThePhoneWaits: ActivityOptions = {
  startToCloseTimeout: "15s",
  retry: { initialInterval: "500ms", backoffCoefficient: 2, maximumInterval: "10s" },
};

/**
 * With a consent signed at the tap: retried as long as the consent is in force. The task queue has a rate limit, because J-LIS
 * has a quota.
 */
export const withAConsent: ActivityOptions = {
  taskQueue: changeDetection.registerTaskQueue,
  startToCloseTimeout: "1 minute",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "1 hour" },
};

/**
 * For a person's new certificate, which may take days to appear: the wait is in the activity's own failures (`nextRetryDelay`);
 * these intervals are for a J-LIS that does not respond.
 */
export const forANewCertificate: ActivityOptions = {
  taskQueue: changeDetection.registerTaskQueue,
  startToCloseTimeout: "1 minute",
  retry: { initialInterval: "10s", backoffCoefficient: 2, maximumInterval: "1 hour" },
};
