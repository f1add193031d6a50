/**
 * The messages between a phone, a certification authority and relying parties: a zod schema and a type for each, the JOSE and
 * HPKE operations that both ends share, and the closed list of refusals. Every module is also a separate entry:
 * `@kazasu/protocol/challenge`.
 *
 * @example
 * import { challengeClaims, refusals } from "@kazasu/protocol";
 * const claims = challengeClaims.parse(JSON.parse(text));
 * const { status, message } = refusals.CERTIFICATE_REVOKED;
 *
 * @module @kazasu/protocol
 */
export * from "./activation.ts";
export * from "./application.ts";
export * from "./approval.ts";
export * from "./attribute-reads.ts";
export * from "./challenge.ts";
export * from "./consent.ts";
export * from "./display-text.ts";
export * from "./ecdsa-signature.ts";
export * from "./encoding.ts";
export * from "./events.ts";
export * from "./freeze.ts";
export * from "./issuer.ts";
export * from "./japan.ts";
export * from "./labels.ts";
export * from "./link.ts";
export * from "./list-page.ts";
export * from "./login.ts";
export * from "./names.ts";
export * from "./notification.ts";
export * from "./oauth-errors.ts";
export * from "./operation.ts";
export * from "./own-interface.ts";
export * from "./page-visit.ts";
export * from "./phone-message.ts";
export * from "./problem.ts";
export * from "./refusals.ts";
export * from "./revocation.ts";
export * from "./sealing.ts";
export * from "./sign-approval.ts";
export * from "./signing-certificate.ts";
export * from "./stored-text.ts";
export * from "./term.ts";
export * from "./transaction.ts";
