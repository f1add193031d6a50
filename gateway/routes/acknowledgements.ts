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
 * `POST /v1/acknowledgements`: what the party did with a version it was notified of. Idempotent; another word about the same
 * version is refused, for the person's receipt may be out.
 */
export function acknowledgementsRoute(server: FastifyInstance, deps: AcknowledgementsDeps): void {
  server.post(
    "/v1/acknowledgements",
    operation("What was done with a version", acknowledgement, acknowledgement, {
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
    if (!given.success) throw malformed("The acknowledgement does not have its shape", given.error);
    const { consentId, anchorVersion: version, outcome, reason } = given.data;
    const isOfNotification = await transaction(deps.pool, async (connection) => {
      // An event of the consent itself has no receipt that an acknowledgement would belong to.
      const announced = () => isAnnounced(connection, { consentId, partyId, version });
      const notification = await findNotificationOf(connection, consentId, version);
      if (notification?.partyId !== partyId || notification.state !== "confirmed") {
        if (await announced()) return false;
        throw unexpected();
      }
      // Held, so that a withdrawal comes before this or after it. What was delivered before one is acknowledged after it too.
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
    detail: "This party was sent no event that this acknowledges, or it has acknowledged otherwise before.",
  });
