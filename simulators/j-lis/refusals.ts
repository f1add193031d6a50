import { HttpRefusal } from "../http.ts";

/** The refusals of J-LIS, each with its text and what to do. */
const refusals = {
  SIGNATURE_MISMATCH: ["The signature does not match the content.", "Have the person sign again."],
  CERTIFICATE_REVOKED: ["The certificate is revoked.", "Have the person renew it at the town hall."],
  CERTIFICATE_EXPIRED: ["The certificate has expired.", "Have the person renew it at the town hall."],
  CERTIFICATE_ON_HOLD: ["The certificate is on hold.", "Have the person get a new card."],
  UNSUPPORTED_CERTIFICATE: [
    "This is not a sign certificate issued here.",
    "Use the card's sign certificate.",
  ],
  OCSP_REQUEST_FAILED: ["The certificate's status could not be requested.", "Try again later."],
  ASSOCIATED_CERTIFICATE_NOT_EXISTS: [
    "This one has no good auth certificate.",
    "Have the person get a new card.",
  ],
  NOT_SYNCED_YET: ["The new certificate has not arrived here yet.", "Ask again in some days."],
  NOT_CONSENTED: ["The person has not consented to this.", "Ask the person for consent."],
  CONSENT_EXPIRED: ["The consent has expired.", "Ask the person for consent again."],
  CONSENT_REVOKED: ["The consent was withdrawn, or a newer one replaced it.", "Ask the person for consent."],
  LATEST_CERTIFICATE_NOT_EXISTS: [
    "The person has no good sign certificate newer than this one.",
    "Ask again in some days.",
  ],
  CONTENT_NOT_EXISTS: ["The certificate is still good: there is nothing new.", "Ask when it has ended."],
  REQUEST_FAILED: ["The request could not be understood.", "Correct the request."],
} as const satisfies Record<string, readonly [message: string, next: string]>;

export type RefusalCode = keyof typeof refusals;

export const refusalCodes = Object.keys(refusals) as [RefusalCode, ...RefusalCode[]];

/** Every refusal of J-LIS is HTTP 422 with one of these codes. */
export function refusal(code: RefusalCode): HttpRefusal {
  const [message, next] = refusals[code];
  return new HttpRefusal(422, code, message, next);
}
