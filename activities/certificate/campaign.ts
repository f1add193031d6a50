import { createHash } from "node:crypto";
import { revoke } from "../../domain/certificate/revoking.ts";
import { audit } from "../../registry/audit/lines.ts";
import {
  type Campaign,
  lockCampaign,
  moveCampaign,
  nextOfCampaign,
} from "../../registry/certificate/campaigns.ts";
import { addCertificateNotice } from "../../registry/certificate/notices.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import type { CertificateActivities } from "../../workflows/certificate/contract.ts";
import type { CampaignDeps } from "./deps.ts";

/** The most certificates in one transaction; a slower pace uses smaller batches. */
const largestBatch = 100;
const minuteMs = 60_000;

/** Replaces or revokes every certificate of a generation, batch by batch. */
export function createCampaignActivities(
  deps: CampaignDeps,
): Pick<CertificateActivities, "runCampaignBatch"> {
  return {
    async runCampaignBatch({ campaignId }) {
      const { campaign, dealtWith, isOver } = await transaction(deps.pool, (connection) =>
        runBatch(connection, deps, campaignId),
      );
      for (const enrolmentId of dealtWith) await deps.signalCertificate(enrolmentId);
      const pauseMs = Math.ceil((dealtWith.length * minuteMs) / campaign.perMinute);
      return { isOver, done: campaign.done + dealtWith.length, pauseMs };
    },
  };
}

async function runBatch(connection: Connection, deps: CampaignDeps, id: string) {
  const campaign = await lockCampaign(connection, id);
  if (!campaign) throw new Error("A campaign is not in the registry; was it stored before it was started?");
  if (campaign.endedAt) return { campaign, dealtWith: [], isOver: true };
  const now = deps.clock();
  const size = Math.min(largestBatch, campaign.perMinute);
  const dealtWith = await nextOfCampaign(connection, campaign, now, size);
  for (const enrolmentId of dealtWith) await deal(connection, deps, campaign, enrolmentId);
  const cursor = dealtWith.at(-1);
  await moveCampaign(connection, id, { cursor, dealtWith: dealtWith.length, now });
  if (cursor === undefined) await audit(connection, "campaign-ended", id, { done: campaign.done });
  return { campaign, dealtWith, isOver: cursor === undefined };
}

async function deal(
  connection: Connection,
  { sealer }: CampaignDeps,
  { id, kind, reason }: Campaign,
  enrolmentId: string,
): Promise<void> {
  if (kind === "replace") return addCertificateNotice(connection, { enrolmentId, kind: "replace" });
  const proof = JSON.stringify({ campaign: id, enrolmentId });
  await revoke(connection, sealer, {
    target: { enrolmentId },
    reason: reason ?? "unspecified",
    by: "operator",
    proof,
    digest: createHash("sha256").update(proof).digest("base64url"),
  });
}
