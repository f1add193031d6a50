import type { FastifyInstance } from "fastify";
import type { NotificationClient } from "../../client/engine/notification.ts";
import { malformed, Refusal } from "../../domain/refusal.ts";
import { acknowledgement } from "../../protocol/events.ts";
import { audit } from "../../registry/audit/lines.ts";
import { lockDisclosure } from "../../registry/consent/disclosures.ts";
import { transaction } from "../../registry/database.ts";
import { storeAcknowledgement } from "../../registry/notification/acknowledgements.ts";
import { isAnnounced } from "../../registry/notification/consent-events.ts";
import { findNotificationOf } from "../../registry/notification/notifications.ts";
import { type IdempotencyDeps, idempotently } from "../idempotency.ts";
import { byParty, idempotent, operation } from "../openapi/described.ts";
import { type PartyTokenDeps, requireParty } from "../openid/party-token.ts";

export interface AcknowledgementsDeps extends PartyTokenDeps, IdempotencyDeps {
  notification: Pick<NotificationClient, "moved">;
}

/**
 * `POST /v1/acknowledgements`: what the party did with a version it was notified of. Idempotent; a different acknowledgement of
 * the same version is refused, because the person may already have the receipt.
 */
export function acknowledgementsRoute(server: FastifyInstance, deps: AcknowledgementsDeps): void {
  server.post(
    "/v1/acknowledgements",
    operation("Acknowledge a version", acknowledgement, acknowledgement, {
      ...byParty("attributes"),
      ...idempotent,
    }),
    async (request, reply) => {
      const { partyId } = await requireParty(deps, request, "attributes");
      return idempotently(deps, request, reply, partyId, async () => ({
        status: 200,
        body: await acknowledge(partyId, request.body),
      }));
    },
  );

  async function acknowledge(partyId: string, body: unknown): Promise<object> {
    const given = acknowledgement.safeParse(body);
    if (!given.success) throw malformed("The acknowledgement does not match its schema", given.error);
    const { consentId, anchorVersion: version, outcome, reason } = given.data;
    const isOfNotification = await transaction(deps.pool, async (connection) => {
      // An event of the consent itself has no receipt to add an acknowledgement to.
      const announced = () => isAnnounced(connection, { consentId, partyId, version });
      const notification = await findNotificationOf(connection, consentId, version);
      if (notification?.partyId !== partyId || notification.state !== "confirmed") {
        if (await announced()) return false;
        throw unexpected();
      }
      // Locked, so that a withdrawal comes before or after. What was delivered before a withdrawal can be acknowledged after
      // it.
      await lockDisclosure(connection, consentId, "share", deps.clock());
      const stored = await storeAcknowledgement(connection, notification.id, {
        outcome,
        ...(reason === undefined ? {} : { reason }),
      });
      if (stored === "contradicts" && (await announced())) return false;
      if (stored === "contradicts" || stored === "never-told") throw unexpected();
      if (stored === "stored")
        await audit(connection, "notification-acknowledged", notification.id, { outcome, consentId });
      return true;
    });
    if (isOfNotification) await deps.notification.moved(consentId, version);
    return { consentId, anchorVersion: version, outcome };
  }
}

const unexpected = () =>
  new Refusal({
    code: "ACKNOWLEDGEMENT_UNEXPECTED",
    detail: "This party received no such event, or has acknowledged it differently before.",
  });
