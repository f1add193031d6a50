import { openCampaigns } from "../../registry/certificate/campaigns.ts";
import { enrolmentsNearingExpiry } from "../../registry/certificate/life.ts";
import { enrolmentsWithPending } from "../../registry/certificate/notices.ts";
import type { CertificateActivities } from "../../workflows/certificate/contract.ts";
import type { CertificateScheduleDeps } from "./deps.ts";

/** A signalled workflow notifies within seconds. */
const patienceMs = 60_000;
/** A little earlier than the first expiry notice, so that each workflow has something to do. */
const expiryAheadMs = 91 * 86_400_000;
/** The most certificates that one run signals; the next run continues. */
const largestSweep = 1_000;

/** The activities that the Schedules run. */
export function createScheduledActivities(
  deps: CertificateScheduleDeps,
): Pick<CertificateActivities, "publishStatus" | "renewRootCrls" | "sweepCertificates"> {
  return {
    async publishStatus() {
      const { published } = await deps.publishDueCrls();
      return { published: published.length };
    },

    async renewRootCrls() {
      const { renewed, ending } = await deps.renewRootCrls();
      return { renewed: renewed.length, ending: ending.length };
    },

    async sweepCertificates() {
      const now = deps.clock().getTime();
      const untold = await enrolmentsWithPending(deps.pool, new Date(now - patienceMs), largestSweep);
      const ending = await enrolmentsNearingExpiry(deps.pool, new Date(now + expiryAheadMs), largestSweep);
      const behind = new Set([...untold, ...ending]);
      for (const enrolmentId of behind) await deps.signalCertificate(enrolmentId);
      for (const id of await openCampaigns(deps.pool, new Date(now - patienceMs)))
        await deps.startCampaign(id);
      return { roused: behind.size };
    },
  };
}
