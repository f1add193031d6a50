import { type CryptoKey, SignJWT } from "jose";
import type { Pool } from "pg";
import { labels } from "../../protocol/labels.ts";
import { type NotificationReceipt, notificationReceipt } from "../../protocol/notification.ts";
import { findEnrolment } from "../../registry/issuance/enrolments.ts";
import { readAnswer } from "../../registry/notification/answers.ts";
import type { NotificationRow } from "../../registry/notification/notifications.ts";
import { required } from "../../registry/required.ts";

/** Dependencies of a receipt. */
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
  const answeredBy = required(row.answeredBy, "The enrolment that confirmed a change");
  const answerId = required(row.answerId, "The answer to a confirmed change");
  const answeredAt = required(row.answeredAt, "The time of a confirmed change");
  const enrolment = required(
    await findEnrolment(deps.pool, answeredBy),
    "The enrolment that confirmed a change",
  );
  const signed = required(await readAnswer(deps.pool, answerId), "The answer to a confirmed change");
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
      occurred_at: answeredAt.toISOString(),
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
