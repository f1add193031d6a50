import { type AttributeReadList, attributeReadList } from "../../protocol/attribute-reads.ts";
import { labels } from "../../protocol/labels.ts";
import type { Gateway } from "./gateway.ts";
import type { PhoneEnrolment } from "./phone-message.ts";
import { askSealed } from "./sealed-question.ts";

/** What this enrolment's party has read of the person, newest first. Throws what {@link Gateway} throws, and UntrustedAnswer. */
export async function listAttributeReads(
  gateway: Gateway,
  phone: PhoneEnrolment,
): Promise<AttributeReadList["reads"]> {
  const question = { type: labels.attributeReads };
  return (await askSealed(phone, question, gateway.attributeReads, attributeReadList)).reads;
}
