import { proxyActivities } from "@temporalio/workflow";
import type { RetentionActivities } from "./contract.ts";

const { endUnclaimedEvidence } = proxyActivities<RetentionActivities>({
  startToCloseTimeout: "1 minute",
  retry: { maximumAttempts: 5 },
});

/** Run by a Schedule: deletes evidence that no application claimed. Returns how many pieces. */
export async function issuanceSweep(): Promise<number> {
  return endUnclaimedEvidence();
}
