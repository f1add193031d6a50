/**
 * Domain separation: each use of a key carries a label of its own, so that no message of one step can be
 * presented as a message of another. Changing a label is a new version of the protocol.
 */
export const labels = {
  /** JWS `typ` of the challenge. */
  challenge: "kazasu-challenge+jwt",
  /** `type` inside the signed application. */
  application: "kazasu/application/1",
  /** `type` inside the signed consent towards J-LIS. */
  registerConsent: "kazasu/register-consent/1",
  /** HPKE `info` of the sealed application. */
  sealedApplication: "kazasu/1 sealed application",
  /** HPKE `info` of the sealed activation. */
  sealedActivation: "kazasu/1 sealed activation",
  /** First part of the HPKE `info` of the sealed activation code; the application's SHA-256 follows. */
  sealedCode: "kazasu/1 sealed activation code",
} as const;
