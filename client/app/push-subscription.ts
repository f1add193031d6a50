import { labels } from "../../protocol/labels.ts";
import type { PushAddress } from "../../protocol/notification.ts";
import type { Gateway } from "./gateway.ts";
import { type PhoneEnrolment, signPhoneMessage } from "./phone-message.ts";

/**
 * Says how this phone is reached by push, in the place of an earlier address; without an address, that it no longer
 * is. Throws what {@link Gateway} throws. Whom no push reaches finds everything in the inbox.
 *
 * @example
 * const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
 * const { endpoint, keys } = subscription.toJSON();
 * await subscribeToPush(gateway, phone, { kind: "web", endpoint, keys });
 */
export async function subscribeToPush(
  gateway: Gateway,
  phone: PhoneEnrolment,
  address: PushAddress | undefined,
): Promise<{ subscribed: boolean }> {
  const content = { type: labels.pushSubscription, ...(address ? { address } : {}) };
  const { message } = await signPhoneMessage(phone, content);
  return gateway.subscribeToPush({ message });
}
