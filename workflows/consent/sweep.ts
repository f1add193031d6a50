import { proxyActivities } from "@temporalio/workflow";
import type { ConsentStartActivities, ConsentSweepReport } from "./contract.ts";

/** Long and paced; each heartbeats its progress, so that another attempt continues from there. */
const { signalConsentsBehind, sweepRegisterConsents } = proxyActivities<ConsentStartActivities>({
  startToCloseTimeout: "20 hours",
  heartbeatTimeout: "2 minutes",
  retry: { initialInterval: "10s", backoffCoefficient: 2, maximumInterval: "10 minutes" },
});

/** Run by a Schedule, daily: finds signals that were lost between lifecycles, and withdrawals at J-LIS. */
export async function consentSweep(): Promise<ConsentSweepReport> {
  const [behind, withdrawn] = await Promise.all([signalConsentsBehind(), sweepRegisterConsents()]);
  return { behind, withdrawn };
}
