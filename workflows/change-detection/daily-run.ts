import { proxyActivities } from "@temporalio/workflow";
import type { ChangeDetectionActivities, CrlRunReport } from "./contract.ts";

/** A list that was processed is not processed again: another attempt continues from there. */
const { readCrlParts, dispatchHits } = proxyActivities<ChangeDetectionActivities>({
  startToCloseTimeout: "12 hours",
  heartbeatTimeout: "5 minutes",
  retry: { initialInterval: "2s", backoffCoefficient: 2, maximumInterval: "10 minutes" },
});

/** Run by a Schedule, daily: reads what J-LIS has revoked, and signals the refreshes of our people. */
export async function changeDetection(): Promise<CrlRunReport & { dispatched: number }> {
  const report = await readCrlParts();
  return { ...report, dispatched: await dispatchHits() };
}
