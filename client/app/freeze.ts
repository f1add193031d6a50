import type { Frozen } from "../../protocol/freeze.ts";
import { labels } from "../../protocol/labels.ts";
import type { Gateway } from "./gateway.ts";
import { type PhoneEnrolment, signPhoneMessage } from "./phone-message.ts";

/**
 * "This was not me": permanently stops, at once, the new phone of a notice in this phone's inbox (`newPhones`). A replaced
 * phone may do this for 72 hours, so an app keeps the old key for as long. After GatewayUnreachable or TRY_AGAIN repeat it: two
 * presses are one freeze. To restore the enrolment, tap the card with `replace`. With `newer`, every phone of the person that
 * is newer than that one is stopped too, at every party. Throws what {@link Gateway} throws; FREEZE_CLOSED if this phone has no
 * such notice, or may not answer it: a phone that stopped another one may not stop its successor (`mayStop` in the inbox).
 *
 * @example
 * const { newPhones } = await readInbox(gateway, formerPhone);
 * for (const { noticeId, mayStop, stopped } of newPhones)
 *   if (mayStop && !stopped && !(await askWhetherItWasThePerson())) await freezeNewPhone(gateway, formerPhone, noticeId);
 */
export async function freezeNewPhone(
  gateway: Gateway,
  phone: PhoneEnrolment,
  noticeId: string,
  { newer = false }: { newer?: boolean | undefined } = {},
): Promise<Frozen> {
  const content = { type: labels.freeze, noticeId, ...(newer ? { newer } : {}) };
  const { message } = await signPhoneMessage(phone, content);
  return gateway.freeze({ message });
}
