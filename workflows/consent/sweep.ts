import { proxyActivities } from "@temporalio/workflow";
import type { ConsentStartActivities, ConsentSweepReport } from "./contract.ts";

/** Long and paced; each heartbeats how far it is, so that another attempt goes on from there. */
const { signalConsentsBehind, sweepRegisterConsents } = proxyActivities<ConsentStartActivities>({
  startToCloseTimeout: "20 hours",
  heartbeatTimeout: "2 minutes",
  retry: { initialInterval: "10s", backoffCoefficient: 2, maximumInterval: "10 minutes" },
});

/** Run by a Schedule, daily: what two lifecycles may have lost between them, and what was withdrawn at J-LIS. */
export async function consentSweep(): Promise<ConsentSweepReport> {
  const [behind, withdrawn] = await Promise.all([signalConsentsBehind(), sweepRegisterConsents()]);
  return { behind, withdrawn };
}
