import type { ConsentChange, ConsentChanged, ConsentSummary } from "../../protocol/consent.ts";
import { labels } from "../../protocol/labels.ts";
import type { PhoneMessage, phoneMessageClaims } from "../../protocol/phone-message.ts";
import type { Gateway } from "./gateway.ts";
import { type PhoneEnrolment, signPhoneMessage } from "./phone-message.ts";

/** The change of a consent that the person wants. */
export type WantedChange = Omit<ConsentChange, keyof typeof phoneMessageClaims | "type">;

/** The withdrawal of a consent in the list. */
export const withdrawalOf = ({ consentId, kind, revision, attributes }: ConsentSummary): WantedChange => ({
  act: "withdraw",
  kind,
  consentId,
  revision,
  attributes,
});

/**
 * Signs a change with the device key. Keep the message until it is answered: repeated within five minutes it has the same
 * outcome, while a new one would be another change.
 */
export async function signConsentChange(phone: PhoneEnrolment, wanted: WantedChange): Promise<PhoneMessage> {
  const { message } = await signPhoneMessage(phone, { type: labels.consentChange, ...wanted });
  return { message };
}

/**
 * Grants, renews, amends or withdraws a consent with the device key. Throws what {@link Gateway} throws: CARD_NEEDED if a tap
 * is required, CONSENT_REVISION_PASSED if the list must be read again.
 *
 * @returns the consent's new revision and state, and the CA's receipt, a JWS under its service key
 */
export async function changeConsent(
  gateway: Gateway,
  phone: PhoneEnrolment,
  wanted: WantedChange,
): Promise<ConsentChanged> {
  return gateway.changeConsent(await signConsentChange(phone, wanted));
}
