import { labels } from "../../protocol/labels.ts";
import type { PushAddress } from "../../protocol/notification.ts";
import type { Gateway } from "./gateway.ts";
import { type PhoneEnrolment, signPhoneMessage } from "./phone-message.ts";

/** The result of a browser's `PushSubscription.toJSON()`. */
export interface SubscriptionJson {
  endpoint?: string;
  expirationTime?: number | null;
  keys?: Record<string, string>;
}

/**
 * Sets this phone's push subscription, replacing an earlier one; without an address, removes it. Throws what {@link Gateway}
 * throws. A person whom no push reaches finds everything in the inbox.
 *
 * @example
 * const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
 * await subscribeToPush(gateway, phone, subscription.toJSON());
 */
export async function subscribeToPush(
  gateway: Gateway,
  phone: PhoneEnrolment,
  address: PushAddress | SubscriptionJson | undefined,
): Promise<{ subscribed: boolean }> {
  const content = { type: labels.pushSubscription, ...(address ? { address: whole(address) } : {}) };
  const { message } = await signPhoneMessage(phone, content);
  return gateway.subscribeToPush({ message });
}

/** In the form that every gateway accepts: with its kind, and without `expirationTime`. */
function whole(address: PushAddress | SubscriptionJson): object {
  if (!("endpoint" in address)) return address;
  const { expirationTime: _end, ...kept } = address as SubscriptionJson;
  return { kind: "web", ...kept };
}
