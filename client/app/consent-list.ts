import { type ConsentList, type ConsentSummary, consentList } from "../../protocol/consent.ts";
import { labels } from "../../protocol/labels.ts";
import type { Gateway } from "./gateway.ts";
import { allPages } from "./pages.ts";
import type { PhoneEnrolment } from "./phone-message.ts";
import { askSealed } from "./sealed-question.ts";

/**
 * The person's consents that this enrolment may see: those for its party, and the register refresh; all of them, those in force
 * first. Throws what {@link Gateway} throws, and UntrustedAnswer if the answer was not sealed to this request.
 *
 * @example
 * const [consent] = await listConsents(gateway, phone);
 * if (consent && (await askToWithdraw(consent))) await changeConsent(gateway, phone, withdrawalOf(consent));
 */
export const listConsents = (gateway: Gateway, phone: PhoneEnrolment): Promise<ConsentSummary[]> =>
  allPages(async (after) => {
    const { consents: items, next } = await consentPage(gateway, phone, after);
    return { items, next };
  });

/** One page of them: the first, or the one after a previous page's `next`. Throws what {@link listConsents} throws. */
export const consentPage = (
  gateway: Gateway,
  phone: PhoneEnrolment,
  after?: string,
): Promise<ConsentList> => {
  const question = { type: labels.consentList, page: after === undefined ? {} : { after } };
  return askSealed(phone, question, gateway.consents, consentList);
};
