import { ApplicationFailure } from "@temporalio/common";
import { eventTypes } from "../../protocol/events.ts";
import { audit } from "../../registry/audit/lines.ts";
import { lockDisclosure } from "../../registry/consent/disclosures.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import { findNotification, moveDelivery } from "../../registry/notification/notifications.ts";
import {
  deadLetter,
  earlierPending,
  findSecurityEvent,
  lockSecurityEvent,
  markDelivered,
  markFailed,
  reopenSecurityEvent,
  type SecurityEvent,
} from "../../registry/notification/security-events.ts";
import { findStream, type Stream } from "../../registry/notification/streams.ts";
import { deliveryFailures, type NotificationActivities } from "../../workflows/notification/contract.ts";
import { EndpointUnreachable } from "../delivery/outbound.ts";
import { pushSet, SetNotTaken } from "../delivery/set-push.ts";
import { cancelDelivery } from "./asking.ts";
import type { NotificationDeps } from "./deps.ts";

/** Handing security events to their party: in order, under a consent in force, at least once. */
export function createTellingActivities(
  deps: NotificationDeps,
): Pick<NotificationActivities, "deliverEvent" | "reopenEvent" | "deadLetterEvent"> {
  return {
    async deliverEvent({ jti }) {
      try {
        const next = await transaction(deps.pool, (connection) => prepare(connection, deps, jti));
        if (next.kind !== "push") return next;
        await push(deps, next);
        await transaction(deps.pool, (connection) => noteDelivered(connection, jti));
        return { kind: "delivered" };
      } catch (error) {
        const failure = failureOf(error);
        if (failure) await markFailed(deps.pool, jti, failure.message);
        throw failure ?? error;
      }
    },

    async reopenEvent({ jti }) {
      await transaction(deps.pool, async (connection) => {
        const event = await lockSecurityEvent(connection, jti);
        if (event?.state !== "dead-lettered") return;
        await reopenSecurityEvent(connection, jti);
        if (event.notificationId)
          await moveDelivery(connection, event.notificationId, ["dead-lettered"], "pending");
        await audit(connection, "event-replayed", jti);
      });
      return { deliverWithinMs: deps.durations.deliverWithinMs };
    },

    async deadLetterEvent({ jti }) {
      await transaction(deps.pool, async (connection) => {
        const event = await lockSecurityEvent(connection, jti);
        if (event?.state !== "pending") return;
        await deadLetter(connection, jti);
        if (event.notificationId)
          await moveDelivery(connection, event.notificationId, ["pending"], "dead-lettered");
        await audit(connection, "event-dead-lettered", jti);
      });
    },
  };
}

type Next =
  | { kind: "delivered" | "waits-for-poll" | "cancelled" }
  | { kind: "push"; event: SecurityEvent; stream: Stream & { endpoint: string } };

/** What is to be done with an event now, decided under the lock of its consent. */
async function prepare(connection: Connection, deps: NotificationDeps, jti: string): Promise<Next> {
  const found = await findSecurityEvent(connection, jti);
  if (!found) throw refusedForGood("EVENT_UNKNOWN");
  const inForce = await mayBeTold(connection, deps, found);
  const event = (await lockSecurityEvent(connection, jti))!;
  if (event.state === "delivered") {
    if (event.notificationId) await moveDelivery(connection, event.notificationId, ["pending"], "delivered");
    return { kind: "delivered" };
  }
  if (event.state === "cancelled") return { kind: "cancelled" };
  if (!inForce) {
    await cancelDelivery(connection, event.notificationId!);
    return { kind: "cancelled" };
  }
  const stream = await findStream(connection, deps.sealer, event.partyId);
  if (!stream || !listensTo(stream, event)) throw later("STREAM_MISSING");
  if (stream.status !== "enabled") throw later("STREAM_NOT_ENABLED");
  if (stream.method === "poll" || stream.endpoint === undefined) return { kind: "waits-for-poll" };
  if (await earlierPending(connection, event, deps.clock())) throw later("EARLIER_EVENT_FIRST");
  return { kind: "push", event, stream: { ...stream, endpoint: stream.endpoint } };
}

/** What is about a person's attributes is told only under a consent in force; its row is held meanwhile. */
async function mayBeTold(
  connection: Connection,
  deps: NotificationDeps,
  { notificationId }: SecurityEvent,
): Promise<boolean> {
  if (!notificationId) return true;
  const row = await findNotification(connection, notificationId);
  const consent = row && (await lockDisclosure(connection, row.consentId, "share", deps.clock()));
  return consent?.inForce === true;
}

/** The events of the framework itself are for every stream. */
const listensTo = ({ eventsRequested }: Stream, { event }: SecurityEvent): boolean =>
  event === eventTypes.verification || event === eventTypes.streamUpdated || eventsRequested.includes(event);

async function push(
  { outbound, tokens }: NotificationDeps,
  { event, stream }: Extract<Next, { kind: "push" }>,
): Promise<void> {
  const outcome = await pushSet(outbound, {
    endpoint: stream.endpoint,
    ...(stream.authorization === undefined ? {} : { authorization: stream.authorization }),
    set: await tokens.signSet(event, stream.alg),
  });
  if (outcome.kind === "accepted") return;
  throw outcome.retry ? later(outcome.code) : refusedForGood(outcome.code);
}

async function noteDelivered(connection: Connection, jti: string): Promise<void> {
  const event = (await lockSecurityEvent(connection, jti))!;
  await markDelivered(connection, jti);
  if (event.notificationId)
    await moveDelivery(connection, event.notificationId, ["pending", "cancelled"], "delivered");
  await audit(connection, "event-delivered", jti);
}

const later = (code: string): ApplicationFailure =>
  ApplicationFailure.retryable(code, deliveryFailures.tryLater);
const refusedForGood = (code: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(code, deliveryFailures.refused);

/** What went wrong as a code: what a party's server said stays out of Temporal. A fault of ours stays as it is. */
function failureOf(error: unknown): ApplicationFailure | undefined {
  if (error instanceof ApplicationFailure) return error;
  if (!(error instanceof SetNotTaken) && !(error instanceof EndpointUnreachable)) return undefined;
  const { retryAfterMs } = error instanceof SetNotTaken ? error : {};
  return ApplicationFailure.create({
    message: "PARTY_UNREACHABLE",
    type: deliveryFailures.tryLater,
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
  });
}
