import { ApplicationFailure } from "@temporalio/common";
import type { PushContent } from "../../protocol/notification.ts";
import { forgetPushSubscription, readPushSubscriptions } from "../../registry/push-subscriptions.ts";
import { PushFailed } from "../delivery/push.ts";
import type { PhonesDeps } from "./deps.ts";

/** A login that is not answered by then is over. */
const loginTtlSeconds = 300;

/**
 * Pushes to the person's phones, at one party or at all of them, and to that of the enrolment `alsoTo`. A phone that its push service no longer knows is
 * forgotten.
 * @returns whether a push service took it for at least one phone; false too where no phone can be reached by push
 * @throws ApplicationFailure, to be tried again when the push service says, when none took it and one may take it later
 */
export async function pushToPhones(
  deps: PhonesDeps,
  personId: string,
  partyId: string | undefined,
  content: PushContent,
  alsoTo?: string,
): Promise<boolean> {
  const phones = await readPushSubscriptions(deps.pool, deps.sealer, personId, partyId, alsoTo);
  const payload = new TextEncoder().encode(JSON.stringify(content));
  const isLogin = content.type === "login";
  const options = {
    ttlSeconds: isLogin ? loginTtlSeconds : Math.ceil(deps.durations.notificationExpiryMs / 1_000),
    urgency: isLogin || content.type === "change" ? ("high" as const) : ("normal" as const),
    // A later message about the same change takes the place of one that was not delivered yet (RFC 8030 §5.4).
    ...(content.notificationId ? { topic: content.notificationId.replaceAll("-", "") } : {}),
  };
  const tries = await Promise.allSettled(
    phones.map(async (phone) => {
      const outcome = await deps.channels[phone.address.kind]?.send(phone.address, payload, options);
      if (outcome?.kind === "gone") await forgetPushSubscription(deps.pool, phone);
      return outcome?.kind === "sent";
    }),
  );
  if (tries.some((tried) => tried.status === "fulfilled" && tried.value)) return true;
  const failed = tries.find((tried) => tried.status === "rejected");
  if (failed) throw away(failed.reason);
  return false;
}

function away(reason: unknown): ApplicationFailure {
  const { retryAfterMs } = reason instanceof PushFailed ? reason : {};
  return ApplicationFailure.create({
    message: "No push service took the message now.",
    type: "PushServiceAway",
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
  });
}
