import { labels } from "../../protocol/labels.ts";
import type { RevocationMessage, Revoked } from "../../protocol/revocation.ts";
import type { Gateway } from "./gateway.ts";
import { type PhoneEnrolment, signPhoneMessage } from "./phone-message.ts";

/**
 * Revokes this phone's own certificate, permanently and at once. After GatewayUnreachable or TRY_AGAIN the person should repeat
 * it; MESSAGE_UNTRUSTED then means that it was done before. Throws what {@link Gateway} throws.
 */
export async function revokeOwnCertificate(
  gateway: Gateway,
  phone: PhoneEnrolment,
  reason: RevocationMessage["reason"],
): Promise<Revoked> {
  const content = { type: labels.revocation, reason };
  const { message } = await signPhoneMessage(phone, content);
  return gateway.revoke({ message });
}
