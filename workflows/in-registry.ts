import type { LocalActivityOptions } from "@temporalio/workflow";

/** Only our own Postgres: short, and in the workflow's own task. If Postgres is unavailable, the wait is a timer. */
export const inRegistry: LocalActivityOptions = {
  startToCloseTimeout: "10s",
  localRetryThreshold: "1s",
  retry: { initialInterval: "200ms", backoffCoefficient: 2, maximumInterval: "10s" },
};
