import { type CryptoKey, SignJWT } from "jose";
import type { Pool } from "pg";
import { labels } from "../../protocol/labels.ts";
import { type NotificationReceipt, notificationReceipt } from "../../protocol/notification.ts";
import { findEnrolment } from "../../registry/issuance/enrolments.ts";
import { readAnswer } from "../../registry/notification/answers.ts";
import type { NotificationRow } from "../../registry/notification/notifications.ts";

/** What a receipt takes. */
export interface ReceiptDeps {
  pool: Pool;
  /** Signs the person's receipts. */
  serviceKey: { kid: string; privateKey: CryptoKey };
  /** The CA's issuer name. */
  issuer: string;
  clock: () => Date;
}

/** The person's receipt of a confirmed change: what they confirmed, that the party was notified, and what it did. */
export async function notificationReceiptOf(deps: ReceiptDeps, row: NotificationRow): Promise<string> {
  return sign(deps, await claimsOf(deps, row));
}

async function claimsOf(deps: ReceiptDeps, row: NotificationRow): Promise<NotificationReceipt> {
  const enrolment = await findEnrolment(deps.pool, row.answeredBy!);
  const signed = await readAnswer(deps.pool, row.answerId!);
  if (!enrolment || !signed) throw new Error("A confirmed change has no answer; the registry is damaged.");
  return notificationReceipt.parse({
    iss: deps.issuer,
    iat: Math.floor(deps.clock().getTime() / 1_000),
    sub: enrolment.pseudonym,
    schema_version: "kazasu/notification-receipt/1",
    record_id: row.id,
    consent_id: row.consentId,
    recipient: row.partyId,
    anchor_version: row.version,
    pii_categories: row.attributes,
    event: {
      act: "confirm",
      occurred_at: row.answeredAt!.toISOString(),
      shown_sha256: signed.shownSha256,
    },
    delivery: row.delivery,
    ...(row.acknowledgement && row.acknowledgedAt
      ? {
          acknowledgement: {
            outcome: row.acknowledgement.outcome,
            occurred_at: row.acknowledgedAt.toISOString(),
          },
        }
      : {}),
  });
}

const sign = ({ serviceKey }: ReceiptDeps, claims: NotificationReceipt): Promise<string> =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "ES256", typ: labels.receipt, kid: serviceKey.kid })
    .sign(serviceKey.privateKey);
