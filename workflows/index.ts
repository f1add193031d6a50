/** Every workflow that the worker runs: the entry of the workflow bundle. */
export { certificateCampaign } from "./certificate/campaign.ts";
export {
  certificateSweep,
  recordsPurge,
  rootCrlRenewal,
  statusPublication,
} from "./certificate/schedules.ts";
export { certificate } from "./certificate/workflow.ts";
export { changeDetection } from "./change-detection/daily-run.ts";
export { refresh } from "./change-detection/refresh.ts";
export { consentSweep } from "./consent/sweep.ts";
export { consent } from "./consent/workflow.ts";
export { issuanceSweep } from "./issuance/sweep.ts";
export { issuance } from "./issuance/workflow.ts";
export { transmission } from "./notification/transmission.ts";
export { notification } from "./notification/workflow.ts";
