export { type CodecKeys, EncryptionCodec, encryptingDataConverter } from "../data-converter/codec.ts";
export { CertificateClient } from "./certificate.ts";
export { ChangeDetectionClient } from "./change-detection.ts";
export { ConsentClient } from "./consent.ts";
export { Engine, type EngineOptions } from "./engine.ts";
export { IssuanceClient, type LifecycleOver, type Unanswered } from "./issuance.ts";
export { NotificationClient } from "./notification.ts";
export { isPassing } from "./passing.ts";
export { workflowIds } from "./workflow-ids.ts";
