import type { CertificateActivities } from "../../workflows/certificate/contract.ts";
import { createCampaignActivities } from "./campaign.ts";
import type { CertificateDeps } from "./deps.ts";
import { createLifeActivities } from "./life.ts";
import { createScheduledActivities } from "./schedules.ts";

/** The activities of the certificate lifecycle. */
export const createCertificateActivities = (
  deps: CertificateDeps,
): Omit<CertificateActivities, "purgeRecords"> => ({
  ...createLifeActivities(deps),
  ...createCampaignActivities(deps),
  ...createScheduledActivities(deps),
});
