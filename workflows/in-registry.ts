import type { LocalActivityOptions } from "@temporalio/workflow";

/** Our own Postgres only: short, and in the workflow's own task. Where Postgres is away, waiting is a timer. */
export const inRegistry: LocalActivityOptions = {
  startToCloseTimeout: "10s",
  localRetryThreshold: "1s",
  retry: { initialInterval: "200ms", backoffCoefficient: 2, maximumInterval: "10s" },
};
