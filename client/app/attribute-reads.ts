import { type AttributeReadList, attributeReadList } from "../../protocol/attribute-reads.ts";
import { labels } from "../../protocol/labels.ts";
import type { Gateway } from "./gateway.ts";
import type { PhoneEnrolment } from "./phone-message.ts";
import { askSealed } from "./sealed-question.ts";

/**
 * The reads of the person's attributes by this enrolment's party, the newest 128. Throws what {@link Gateway} throws, and
 * UntrustedAnswer.
 */
export async function listAttributeReads(
  gateway: Gateway,
  phone: PhoneEnrolment,
): Promise<AttributeReadList["reads"]> {
  return (await attributeReadPage(gateway, phone)).reads;
}

/** One page of them: the newest, or the one after a previous page's `next`. Throws what {@link listAttributeReads} throws. */
export const attributeReadPage = (
  gateway: Gateway,
  phone: PhoneEnrolment,
  after?: string,
): Promise<AttributeReadList> => {
  const question = { type: labels.attributeReads, page: after === undefined ? {} : { after } };
  return askSealed(phone, question, gateway.attributeReads, attributeReadList);
};
