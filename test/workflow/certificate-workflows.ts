export { certificateCampaign } from "../../workflows/certificate/campaign.ts";
export {
  certificateSweep,
  recordsPurge,
  rootCrlRenewal,
  statusPublication,
} from "../../workflows/certificate/schedules.ts";
export { certificate } from "../../workflows/certificate/workflow.ts";
