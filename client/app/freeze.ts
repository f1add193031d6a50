import type { Frozen } from "../../protocol/freeze.ts";
import { labels } from "../../protocol/labels.ts";
import type { Gateway } from "./gateway.ts";
import { type PhoneEnrolment, signPhoneMessage } from "./phone-message.ts";

/**
 * "This was not me": has the new phone stopped that a notice in this phone's inbox (`newPhones`) is about, at once and for
 * ever. A phone that was replaced may do this for 72 hours, so an app keeps the old key for as long. After
 * GatewayUnreachable or TRY_AGAIN do it again: the same press twice is one. To come back, tap the card with `replace`.
 * With `newer`, every phone of the person that is newer than that one is stopped too, at every party.
 * Throws what {@link Gateway} throws; FREEZE_CLOSED where no such notice waits for this phone, or it may not answer it:
 * what comes after a stop is not for the phone that stopped (`mayStop` in the inbox).
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
