import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import type * as z from "zod";
import { Refusal } from "../../domain/refusal.ts";
import { type PushAddress, type pushSubscribed, pushSubscription } from "../../protocol/notification.ts";
import { transaction } from "../../registry/database.ts";
import {
  deletePushSubscription,
  noteSubscriptionAsked,
  storePushSubscription,
} from "../../registry/notification/push-subscriptions.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { type PhoneMessageDeps, readPhoneMessage } from "../intake/phone-message.ts";

export interface PushSubscriptionsDeps extends PhoneMessageDeps {
  pool: Pool;
  sealer: Sealer;
  /** Throws where the engine sends nothing to: an address that is not on the public internet. */
  assertEndpoint: (url: string) => void | Promise<void>;
}

/** `POST /v1/push-subscriptions`: how the phone of this enrolment is reached from now on; or that it no longer is. */
export function pushSubscriptionsRoute(server: FastifyInstance, deps: PushSubscriptionsDeps): void {
  server.post("/v1/push-subscriptions", async (request): Promise<z.infer<typeof pushSubscribed>> => {
    const { claims, enrolment } = await readPhoneMessage(deps, request.body, pushSubscription);
    const { address, iat } = claims;
    if (address) await requireReachable(deps, address);
    await transaction(deps.pool, async (connection) => {
      if (!(await noteSubscriptionAsked(connection, enrolment.id, new Date(iat * 1_000)))) throw overtaken();
      if (!address) return deletePushSubscription(connection, enrolment.id);
      const { expirationTime: _end, ...kept } = { expirationTime: null, ...address };
      return storePushSubscription(connection, deps.sealer, { enrolmentId: enrolment.id, address: kept });
    });
    return { subscribed: address !== undefined };
  });
}

const overtaken = (): Refusal =>
  new Refusal({
    code: "MESSAGE_STALE",
    detail: "The phone has signed a newer message about its push subscription since.",
  });

async function requireReachable(deps: PushSubscriptionsDeps, address: PushAddress): Promise<void> {
  if (address.kind !== "web") return;
  try {
    await deps.assertEndpoint(address.endpoint);
  } catch {
    throw new Refusal({
      code: "STREAM_ENDPOINT_FORBIDDEN",
      detail: "The push subscription's endpoint is not an https address on the public internet.",
    });
  }
}
