/**
 * Certificates and signatures without network or clock: one strict DER reader, X.509 with path validation (RFC 5280 §6.1), CMS
 * signatures, time-stamps, CRLs and OCSP. Verifying functions take a function that verifies one signature: `verifySignature` of
 * `@kazasu/pki/x509/verify-signature` is the runtime's own. Every module is also a separate entry:
 * `@kazasu/pki/x509/certificate`.
 *
 * @example
 * import { findPath, readCertificate, run } from "@kazasu/pki";
 * import { verifySignature } from "@kazasu/pki/x509/verify-signature";
 * const question = { anchors: [readCertificate(root)], intermediates: [readCertificate(issuing)], at: new Date() };
 * const found = await run(findPath(readCertificate(der), question), verifySignature);
 * if (!found.ok) console.log(found.code, found.detail);
 *
 * @module @kazasu/pki
 */
export * from "./cms/attribute-types.ts";
export * from "./cms/checked-signature.ts";
export type { CmsSignature } from "./cms/signature.ts";
export * from "./cms/signed-data.ts";
export * from "./cms/time-stamp.ts";
export type { CmsFlaw } from "./cms/unreadable.ts";
export { type CrlReason, crlReasons } from "./crl/reasons.ts";
export * from "./crl/scope.ts";
export * from "./crl/status.ts";
export * from "./crl/unusable-crl.ts";
export * from "./der/bytes.ts";
export * from "./der/cursor.ts";
export * from "./der/read-time.ts";
export * from "./der/text.ts";
export * from "./ocsp/request.ts";
export type { CertId, SingleResponse } from "./ocsp/response.ts";
export * from "./ocsp/status.ts";
export * from "./ocsp/unusable.ts";
export * from "./x509/algorithm.ts";
export * from "./x509/certificate.ts";
export * from "./x509/distribution-point.ts";
export * from "./x509/extension.ts";
export * from "./x509/general-name.ts";
export * from "./x509/information-access.ts";
export * from "./x509/key-identifier.ts";
export * from "./x509/name.ts";
export type { NameConstraints } from "./x509/name-constraints.ts";
export * from "./x509/path/facts.ts";
export * from "./x509/path/failure.ts";
export * from "./x509/path/find.ts";
export * from "./x509/path/limits.ts";
export * from "./x509/path/question.ts";
export type { PolicyQuestion } from "./x509/path/rules.ts";
export * from "./x509/policies.ts";
export * from "./x509/public-key.ts";
export * from "./x509/signature.ts";
export * from "./x509/subject-alt-name.ts";
export * from "./x509/usage.ts";
export * from "./x509/web-signature.ts";
