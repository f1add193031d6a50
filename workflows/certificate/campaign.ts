import { continueAsNew, proxyActivities, sleep } from "@temporalio/workflow";
import type { CampaignInput, CertificateActivities } from "./contract.ts";

const { runCampaignBatch } = proxyActivities<CertificateActivities>({
  startToCloseTimeout: "2 minutes",
  retry: { initialInterval: "1s", backoffCoefficient: 2, maximumInterval: "5 minutes" },
});

/** About 1,800 events: well below Temporal's warning limit. */
const batchesInARun = 200;

/** An act on every certificate of a generation, at the approved pace; its progress is stored in the registry. */
export async function certificateCampaign({ campaignId }: CampaignInput): Promise<{ done: number }> {
  for (let batch = 0; batch < batchesInARun; batch += 1) {
    const { isOver, done, pauseMs } = await runCampaignBatch({ campaignId });
    if (isOver) return { done };
    await sleep(pauseMs);
  }
  return continueAsNew<typeof certificateCampaign>({ campaignId });
}
