/**
 * A relying party's server: verifies what the CA and phones sign, reads attributes, acknowledges changes. Use an OpenID library
 * for tokens. Runs in Node and in browsers.
 *
 * @example
 * import { verifySignedTransaction } from "@kazasu/relying-party";
 * const { content, signedAt } = await verifySignedTransaction(signature, { roots, party: "abc-bank", subject: session.sub,
 * detail });
 *
 * @module @kazasu/relying-party
 */
export {
  AuthorityUnreachable,
  type BoundToken,
  PartyRefusal,
  type RelyingPartyOptions,
} from "./authority-call.ts";
export {
  type CertificateExpectation,
  type CertificateVerdict,
  type StatusFetch,
  type StatusMethod,
  type StatusOptions,
  type StatusRequest,
  verifyCertificate,
} from "./certificate.ts";
export { type CheckedSignature, CmsInvalid, checkSignature, type SignatureFlaw } from "./cms-signature.ts";
export {
  type LinkedRequest,
  type LinkTokenExpectation,
  LinkTokenInvalid,
  verifyLinkToken,
} from "./link-token.ts";
export { OwnInterfaceClient, type OwnPage } from "./own-interface.ts";
export { type Receipt, ReceiptInvalid, verifyReceipt } from "./receipt.ts";
export { RelyingPartyClient } from "./relying-party.ts";
export {
  type EventCommon,
  type PartyEvent,
  type SetErrorCode,
  SetInvalid,
  verifySet,
} from "./security-event.ts";
export {
  anySubject,
  SignatureInvalid,
  type SignedTransaction,
  type TransactionExpectation,
  type TransactionFlaw,
  verifySignedTransaction,
} from "./signed-transaction.ts";
export { type TimeStampExpectation, TimeStampInvalid, verifyTimeStamp } from "./time-stamp.ts";
export { verifyTransactionAndStatus } from "./transaction-status.ts";
