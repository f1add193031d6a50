import { type ConsentSummary, consentList } from "../../protocol/consent.ts";
import { labels } from "../../protocol/labels.ts";
import type { Gateway } from "./gateway.ts";
import type { PhoneEnrolment } from "./phone-message.ts";
import { askSealed } from "./sealed-question.ts";

/**
 * The person's consents that this enrolment may see: towards its party, and towards the register; those in force
 * first. Throws what {@link Gateway} throws, and UntrustedAnswer where the answer was not sealed to this question.
 *
 * @example
 * const [consent] = await listConsents(gateway, phone);
 * if (consent && (await askToWithdraw(consent))) await changeConsent(gateway, phone, withdrawalOf(consent));
 */
export async function listConsents(gateway: Gateway, phone: PhoneEnrolment): Promise<ConsentSummary[]> {
  return (await askSealed(phone, { type: labels.consentList }, gateway.consents, consentList)).consents;
}
