/**
 * The phone's SDK: one tap of the My Number Card to a certificate, then logins, signed transactions, consents and the inbox.
 * Runs in browsers, in React Native with WebCrypto, and in Node; the card is a function that sends one APDU.
 *
 * @example
 * import { Gateway, makeWebCryptoDeviceKey, oneTap } from "@kazasu/app";
 * const enrolled = await oneTap({
 *   gateway: new Gateway("https://ca.example"),
 *   serviceKey: pinnedKeys, // shipped in the app
 *   ...{ party: "abc-bank", app: "abc-bank-app", intent: "enrol", language: "ja" },
 *   deviceKey: await makeWebCryptoDeviceKey(),
 *   ...{ transmit: (apdu) => nfc.transceive(apdu), pin, agree: ["terms", "register-refresh"] },
 * });
 *
 * @module @kazasu/app
 */
export { attributeReadPage, listAttributeReads } from "./attribute-reads.ts";
export { type Exchange, explain, lineOf, traced } from "./card/apdu-trace.ts";
export { CardError, type CardProblem, type CardProblemText, cardProblems } from "./card/card-error.ts";
export { signPin } from "./card/pin.ts";
export { type Bearer, openSignCard, type SignCard, type Transmit } from "./card/sign-card.ts";
export { type TapOptions, type TappedCard, tap } from "./card/tap.ts";
export { changeConsent, signConsentChange, type WantedChange, withdrawalOf } from "./consent-change.ts";
export { consentPage, listConsents } from "./consent-list.ts";
export { type Decision, decide, TermsNotAgreed } from "./consents.ts";
export {
  type AttestationRequest,
  type DeviceKey,
  makeWebCryptoDeviceKey,
  type WebCryptoDeviceKey,
  type WebCryptoDeviceKeyOptions,
  webCryptoDeviceKey,
} from "./device-key.ts";
export { freezeNewPhone } from "./freeze.ts";
export {
  Gateway,
  type GatewayConfiguration,
  GatewayRefusal,
  GatewayUnreachable,
  gatewayConfiguration,
  UntrustedAnswer,
} from "./gateway.ts";
export { answerChange, type InboxChange, type OpenedInbox, readInbox } from "./inbox.ts";
export type { IssuedCertificate } from "./issued-certificate.ts";
export { askForLink, closeLinkRequest } from "./link-requests.ts";
export { answerLogin, type LoginDecision, type OpenLogin, openLogin, signLoginAnswer } from "./login.ts";
export {
  type AppliedApplication,
  activate,
  apply,
  type BeginOptions,
  type Begun,
  begin,
  type Enrolled,
  type OneTapOptions,
  oneTap,
  type Session,
  signInOneTap,
  type TapAnswers,
  type Tapped,
  UntrustedChallenge,
} from "./one-tap.ts";
export { answerPageVisit, type OpenVisit, openPageVisit, signPageVisit } from "./page-visit.ts";
export { type PhoneEnrolment, signPhoneMessage } from "./phone-message.ts";
export { type SubscriptionJson, subscribeToPush } from "./push-subscription.ts";
export { resume, type SuspendedTap, suspend } from "./resume.ts";
export { revokeOwnCertificate } from "./revocation.ts";
export type { PinnedServiceKey } from "./service-key.ts";
export { signTransaction, type TransactionSigner } from "./transaction.ts";
