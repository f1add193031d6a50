import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import type * as z from "zod";
import { Refusal } from "../../domain/refusal.ts";
import { type PushAddress, pushSubscribed, pushSubscription } from "../../protocol/notification.ts";
import { phoneMessage } from "../../protocol/phone-message.ts";
import { transaction } from "../../registry/database.ts";
import {
  deletePushSubscription,
  noteSubscriptionAsked,
  storePushSubscription,
} from "../../registry/notification/push-subscriptions.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { EndpointRule } from "../endpoints.ts";
import { type PhoneMessageDeps, readPhoneMessage } from "../intake/phone-message.ts";
import { operation } from "../openapi/described.ts";

export interface PushSubscriptionsDeps extends PhoneMessageDeps, EndpointRule {
  pool: Pool;
  sealer: Sealer;
}

/** `POST /v1/push-subscriptions`: sets or removes the push subscription of this enrolment's phone. */
export function pushSubscriptionsRoute(server: FastifyInstance, deps: PushSubscriptionsDeps): void {
  server.post(
    "/v1/push-subscriptions",
    operation("Set or remove this phone's push subscription", phoneMessage, pushSubscribed),
    async (request): Promise<z.infer<typeof pushSubscribed>> => {
      const { claims, enrolment } = await readPhoneMessage(deps, request.body, pushSubscription);
      const { address, iat } = claims;
      if (address) requireReachable(deps, address);
      await transaction(deps.pool, async (connection) => {
        const isNewest = await noteSubscriptionAsked(connection, enrolment.id, new Date(iat * 1_000));
        if (!isNewest) throw overtaken();
        if (!address) return deletePushSubscription(connection, enrolment.id);
        const { expirationTime: _end, ...kept } = { expirationTime: null, ...address };
        return storePushSubscription(connection, deps.sealer, { enrolmentId: enrolment.id, address: kept });
      });
      return { subscribed: address !== undefined };
    },
  );
}

const overtaken = (): Refusal =>
  new Refusal({
    code: "MESSAGE_STALE",
    detail: "The phone has since signed a newer message about its push subscription.",
  });

function requireReachable(deps: EndpointRule, address: PushAddress): void {
  if (address.kind !== "web") return;
  try {
    deps.assertEndpoint(address.endpoint);
  } catch {
    throw new Refusal({
      code: "STREAM_ENDPOINT_FORBIDDEN",
      detail: "The push subscription's endpoint is not an https URL on the public internet.",
    });
  }
}
