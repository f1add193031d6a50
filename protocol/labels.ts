/**
 * Domain separation: each use of a key has its own label, so that a message of one step cannot be presented as a message of
 * another. A changed label is a new version of the protocol.
 */
export const labels = {
  /** JWS `typ` of the challenge. */
  challenge: "kazasu-challenge+jwt",
  /** `type` inside the signed application. */
  application: "kazasu/application/1",
  /** `type` inside the signed consent for J-LIS. */
  registerConsent: "kazasu/register-consent/1",
  /** HPKE `info` of the sealed application. */
  sealedApplication: "kazasu/1 sealed application",
  /** HPKE `info` of the sealed activation. */
  sealedActivation: "kazasu/1 sealed activation",
  /** First part of the HPKE `info` of the sealed activation code; the application's SHA-256 follows. */
  sealedCode: "kazasu/1 sealed activation code",
  /** JWS `typ` of a message signed with the device key. */
  phoneMessage: "kazasu-phone+jwt",
  /** `type` inside each of them. */
  consentList: "kazasu/consent-list/1",
  consentChange: "kazasu/consent-change/1",
  pushSubscription: "kazasu/push-subscription/1",
  inbox: "kazasu/inbox/1",
  answer: "kazasu/answer/1",
  revocation: "kazasu/revocation/1",
  freeze: "kazasu/freeze/1",
  linkRequest: "kazasu/link-request/1",
  attributeReads: "kazasu/attribute-reads/1",
  loginQuestion: "kazasu/login-question/1",
  loginAnswer: "kazasu/login-answer/1",
  /** `type` inside what the card signs for a login. */
  cardLogin: "kazasu/card-login/1",
  /** `type` inside what the card signs for the person page. */
  pageVisit: "kazasu/page-visit/1",
  /** `type` inside what the device key signs for a party. */
  transaction: "kazasu/transaction/1",
  /** First part of the HPKE `info` of an answer sealed to the phone; the message's `jti` follows. */
  sealedAnswer: "kazasu/1 sealed answer",
  /** JWS `typ` of the person's receipt. */
  receipt: "kazasu-receipt+jwt",
  /** JWS `typ` of an operator's approval of an act. */
  approval: "kazasu-approval+jwt",
  /** JWS `typ` with which the holder of a private key proves that it is compromised. */
  keyCompromise: "kazasu-key-compromise+jwt",
} as const;
