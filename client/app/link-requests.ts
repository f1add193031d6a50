import { labels } from "../../protocol/labels.ts";
import type { LinkRequested, LinkTerms } from "../../protocol/link.ts";
import type { Gateway } from "./gateway.ts";
import { type PhoneEnrolment, signPhoneMessage } from "./phone-message.ts";

/**
 * Requests that the person links another party to this phone's: that data of `link.from` is given to this party. The person
 * agrees in the app of the giving party, or on the person page. Throws what {@link Gateway} throws; LINK_NOT_POSSIBLE if the
 * giving party has not registered these words (`gateway.linkDatasets`), in Japanese or in English.
 *
 * @example
 * const [{ dataset, purpose }] = await gateway.linkDatasets("abc-bank");
 * await askForLink(gateway, phone, { from: "abc-bank", to: "midori-clinic", dataset: dataset.en, purpose: purpose.en });
 */
export async function askForLink(
  gateway: Gateway,
  phone: PhoneEnrolment,
  link: LinkTerms,
): Promise<LinkRequested> {
  const content = { type: labels.linkRequest, act: "ask", link };
  const { message } = await signPhoneMessage(phone, content);
  return gateway.linkRequest({ message });
}

/**
 * Declines a link request in `linkRequests` of the inbox, or withdraws one of this party's own. Throws what {@link Gateway}
 * throws; LINK_REQUEST_CLOSED if it was answered before.
 */
export async function closeLinkRequest(
  gateway: Gateway,
  phone: PhoneEnrolment,
  requestId: string,
): Promise<LinkRequested> {
  const content = { type: labels.linkRequest, act: "close", requestId };
  const { message } = await signPhoneMessage(phone, content);
  return gateway.linkRequest({ message });
}
