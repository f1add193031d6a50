import { proxyActivities } from "@temporalio/workflow";
import type { CertificateActivities } from "./contract.ts";

const { publishStatus, renewRootCrls, sweepCertificates, purgeRecords } =
  proxyActivities<CertificateActivities>({
    startToCloseTimeout: "10 minutes",
    retry: { initialInterval: "2s", backoffCoefficient: 2, maximumInterval: "1 minute" },
  });

/** Run by a Schedule, every few minutes: issues CRLs well before the last ones expire. */
export async function statusPublication(): Promise<{ published: number }> {
  return publishStatus();
}

/** Run by a Schedule, hourly: renews the roots' own CRLs at half of their validity, or logs an alarm early enough. */
export async function rootCrlRenewal(): Promise<{ renewed: number; ending: number }> {
  return renewRootCrls();
}

/**
 * Run by a Schedule, hourly: sends what was recorded while Temporal was unavailable, and starts lost workflows before an
 * expiry.
 */
export async function certificateSweep(): Promise<{ roused: number }> {
  return sweepCertificates();
}

/** Run by a Schedule, daily: destroys records whose retention period is over, with a proof. */
export async function recordsPurge(): Promise<{ purged: number }> {
  return purgeRecords();
}
