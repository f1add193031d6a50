/**
 * The typed client of a kazasu engine's Temporal, for services inside the CA's boundary, which hides queues and workflow types.
 * Runs in Node.
 *
 * @example
 * import { Engine } from "@kazasu/engine";
 * const engine = await Engine.connect({ address, namespace, codecKeys });
 * const step = await engine.issuance.step(enrolmentId);
 *
 * @module @kazasu/engine
 */

export type {
  CertificateStanding,
  CertificateStep,
  CertificateView,
} from "../../workflows/certificate/contract.ts";
export type { CrlRunReport } from "../../workflows/change-detection/contract.ts";
export type {
  ChangeInput,
  ChangeOutcome,
  ConsentInput,
  ConsentRefusal,
  ConsentSweepReport,
  ConsentView,
} from "../../workflows/consent/contract.ts";
export type {
  ActivateInput,
  ActivateOutcome,
  ApplyInput,
  ApplyOutcome,
  IssuanceInput,
  IssuanceRefusal,
  IssuanceStep,
} from "../../workflows/issuance/contract.ts";
export type {
  AnswerInput,
  AnswerOutcome,
  NotificationEnd,
  NotificationInput,
  NotificationRefusal,
  NotificationStanding,
  NotificationView,
} from "../../workflows/notification/contract.ts";
export { type CodecKeys, EncryptionCodec, encryptingDataConverter } from "../data-converter/payload-codec.ts";
export { CertificateClient } from "./certificate.ts";
export { ChangeDetectionClient } from "./change-detection.ts";
export { ConsentClient } from "./consent.ts";
export { Engine, type EngineOptions } from "./engine.ts";
export { IssuanceClient, type LifecycleOver } from "./issuance.ts";
export { NotificationClient } from "./notification.ts";
export { isPassing } from "./passing.ts";
export type { Unanswered } from "./updates.ts";
export { workflowIds } from "./workflow-ids.ts";
