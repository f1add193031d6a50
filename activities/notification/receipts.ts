import { SignJWT } from "jose";
import { labels } from "../../protocol/labels.ts";
import { type NotificationReceipt, notificationReceipt } from "../../protocol/notification.ts";
import { findEnrolment } from "../../registry/issuance/enrolments.ts";
import { readAnswer } from "../../registry/notification/answers.ts";
import {
  findNotification,
  type NotificationRow,
  storeReceipt,
} from "../../registry/notification/notifications.ts";
import type { NotificationActivities } from "../../workflows/notification/contract.ts";
import type { NotificationDeps } from "./deps.ts";
import { pushToPhones } from "./phones.ts";

/** The person's receipt: what they confirmed, that the party was told, and what it did. */
export function createReceiptActivities(
  deps: NotificationDeps,
): Pick<NotificationActivities, "writeReceipt"> {
  return {
    async writeReceipt({ notificationId }) {
      const row = await findNotification(deps.pool, notificationId);
      if (row?.state !== "confirmed") return;
      const receipt = await sign(deps, await claimsOf(deps, row));
      await storeReceipt(deps.pool, row.id, receipt);
      await pushToPhones(deps, row.personId, row.partyId, { type: "receipt", notificationId });
    },
  };
}

async function claimsOf(deps: NotificationDeps, row: NotificationRow): Promise<NotificationReceipt> {
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

const sign = ({ serviceKey }: NotificationDeps, claims: NotificationReceipt): Promise<string> =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "ES256", typ: labels.receipt, kid: serviceKey.kid })
    .sign(serviceKey.privateKey);
