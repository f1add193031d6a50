import { proxyActivities } from "@temporalio/workflow";
import type { CertificateActivities } from "./contract.ts";

const { publishStatus, renewRootCrls, sweepCertificates, purgeRecords } =
  proxyActivities<CertificateActivities>({
    startToCloseTimeout: "10 minutes",
    retry: { initialInterval: "2s", backoffCoefficient: 2, maximumInterval: "1 minute" },
  });

/** Run by a Schedule, every few minutes: CRLs are made well before the last ones end. */
export async function statusPublication(): Promise<{ published: number }> {
  return publishStatus();
}

/** Run by a Schedule, hourly: the roots' own CRLs are renewed at half of their life, or an alarm is logged in good time. */
export async function rootCrlRenewal(): Promise<{ renewed: number; ending: number }> {
  return renewRootCrls();
}

/** Run by a Schedule, hourly: what was noted while Temporal was away is sent, and nobody's expiry passes unseen. */
export async function certificateSweep(): Promise<{ roused: number }> {
  return sweepCertificates();
}

/** Run by a Schedule, daily: what has been kept as long as the settings say is destroyed, with a proof. */
export async function recordsPurge(): Promise<{ purged: number }> {
  return purgeRecords();
}
