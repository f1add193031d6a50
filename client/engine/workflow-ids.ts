import { certificate } from "../../workflows/certificate/contract.ts";
import { changeDetection } from "../../workflows/change-detection/contract.ts";
import { consent } from "../../workflows/consent/contract.ts";
import { issuance } from "../../workflows/issuance/contract.ts";
import { notification } from "../../workflows/notification/contract.ts";

/** The workflow ids of the lifecycles. */
export const workflowIds = {
  issuance: issuance.workflowId,
  certificate: certificate.workflowId,
  consent: consent.workflowId,
  notification: notification.workflowId,
  transmission: notification.transmissionWorkflowId,
  refresh: changeDetection.refreshWorkflowId,
} as const;
