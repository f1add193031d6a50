import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey, jwtVerify } from "jose";
import { type ConsentReceipt, consentReceipt } from "../../protocol/consent.ts";
import { labels } from "../../protocol/labels.ts";
import { type NotificationReceipt, notificationReceipt } from "../../protocol/notification.ts";
import { requireGiven } from "./required.ts";

/** The text is not a receipt of this CA. */
export class ReceiptInvalid extends Error {
  override name = "ReceiptInvalid";
}

/** The content of a receipt. */
export type Receipt =
  | { kind: "consent"; receipt: ConsentReceipt }
  | { kind: "notification"; receipt: NotificationReceipt };

/**
 * Verifies a person's receipt: the CA's signed statement on an act on a consent, or on a change that the party received.
 * @param expected `jwks`: the service keys of `/.well-known/kazasu-configuration`; `issuer`: the CA's issuer name
 * @throws ReceiptInvalid; what `jwks` throws if keys cannot be fetched; TypeError if `issuer` is missing
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
    throw new ReceiptInvalid("This is not a receipt of the CA.", { cause });
  });
  const consent = consentReceipt.safeParse(payload);
  if (consent.success) return { kind: "consent", receipt: consent.data };
  const notification = notificationReceipt.safeParse(payload);
  if (notification.success) return { kind: "notification", receipt: notification.data };
  throw new ReceiptInvalid("The receipt is of another version.");
}
