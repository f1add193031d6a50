import { asyncLocalStorage } from "@temporalio/activity";
import { ApplicationFailure } from "@temporalio/common";
import {
  deadLetterEvent,
  noteDelivered,
  prepareTransmission,
  reopenEvent,
  type Transmission,
} from "../../domain/notification/transmitting.ts";
import { transaction } from "../../registry/database.ts";
import { markFailed } from "../../registry/notification/security-events.ts";
import { deliveryFailures, type NotificationActivities } from "../../workflows/notification/contract.ts";
import { EndpointUnreachable } from "../delivery/outbound.ts";
import { pushSet, SetNotTaken } from "../delivery/set-push.ts";
import type { NotificationDeps } from "./deps.ts";
import { nextAttemptAt } from "./next-attempt.ts";

/** Delivers security events to their party: in order, under a consent in force, at least once. */
export function createTransmittingActivities(
  deps: NotificationDeps,
): Pick<NotificationActivities, "deliverEvent" | "reopenEvent" | "deadLetterEvent"> {
  return {
    async deliverEvent({ jti }) {
      try {
        const next = await transaction(deps.pool, (connection) => prepareTransmission(connection, deps, jti));
        if (next.kind === "unknown") throw refusedForGood("EVENT_UNKNOWN");
        if (next.kind === "never") throw refusedForGood(next.code);
        if (next.kind === "later") throw later(next.code);
        if (next.kind !== "push") return next;
        await push(deps, next);
        await transaction(deps.pool, (connection) => noteDelivered(connection, jti));
        return { kind: "delivered" };
      } catch (error) {
        const failure = failureOf(error);
        if (failure) {
          const next = nextAttemptAt(asyncLocalStorage.getStore()?.info, failure, deps.clock());
          await markFailed(deps.pool, jti, failure.message, next);
        }
        throw failure ?? error;
      }
    },

    async reopenEvent({ jti }) {
      await transaction(deps.pool, (connection) => reopenEvent(connection, jti));
      return { deliverWithinMs: deps.durations.deliverWithinMs };
    },

    async deadLetterEvent({ jti }) {
      await transaction(deps.pool, (connection) => deadLetterEvent(connection, jti));
    },
  };
}

async function push(
  { outbound, tokens }: NotificationDeps,
  { event, stream }: Extract<Transmission, { kind: "push" }>,
): Promise<void> {
  const outcome = await pushSet(outbound, {
    endpoint: stream.endpoint,
    ...(stream.authorization === undefined ? {} : { authorization: stream.authorization }),
    set: await tokens.signSet(event, stream),
  });
  if (outcome.kind === "accepted") return;
  throw outcome.retry ? later(outcome.code) : refusedForGood(outcome.code);
}

const later = (code: string): ApplicationFailure =>
  ApplicationFailure.retryable(code, deliveryFailures.tryLater);
const refusedForGood = (code: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(code, deliveryFailures.refused);

/** The failure as a code: a party's own text stays out of Temporal. An internal error is passed on unchanged. */
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
