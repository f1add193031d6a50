export { consentSweep } from "../../workflows/consent/sweep.ts";
export { consent } from "../../workflows/consent/workflow.ts";
export { notification } from "../../workflows/notification/workflow.ts";
