import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey, jwtVerify } from "jose";
import { type ConsentReceipt, consentReceipt } from "../../protocol/consent.ts";
import { labels } from "../../protocol/labels.ts";
import { type NotificationReceipt, notificationReceipt } from "../../protocol/notification.ts";
import { requireGiven } from "./required.ts";

/** The text is no receipt of this CA. */
export class ReceiptInvalid extends Error {
  override name = "ReceiptInvalid";
}

/** What a receipt is about. */
export type Receipt =
  | { kind: "consent"; receipt: ConsentReceipt }
  | { kind: "notification"; receipt: NotificationReceipt };

/**
 * Verifies a receipt that a person shows: the CA's signed word on what was done to a consent, or on a change that the party received.
 * @param expected `jwks`: the service keys of `/.well-known/kazasu-configuration`; `issuer`: the CA's issuer name
 * @throws ReceiptInvalid; what `jwks` throws when keys cannot be fetched; TypeError where `issuer` is not given
 */
export async function verifyReceipt(
  jws: string,
  { jwks, issuer }: { jwks: JSONWebKeySet | JWTVerifyGetKey; issuer: string },
): Promise<Receipt> {
  requireGiven({ issuer });
  const keys = typeof jwks === "function" ? jwks : createLocalJWKSet(jwks);
  const { payload } = await jwtVerify(jws, keys, {
    typ: labels.receipt,
    issuer,
    algorithms: ["ES256"],
  }).catch((cause: unknown) => {
    throw new ReceiptInvalid("This is no receipt of the CA.", { cause });
  });
  const consent = consentReceipt.safeParse(payload);
  if (consent.success) return { kind: "consent", receipt: consent.data };
  const notification = notificationReceipt.safeParse(payload);
  if (notification.success) return { kind: "notification", receipt: notification.data };
  throw new ReceiptInvalid("The receipt is of another version.");
}
