import { ApplicationFailure } from "@temporalio/common";
import { newPhoneNoticeMs } from "../../protocol/freeze.ts";
import type { PushContent } from "../../protocol/notification.ts";
import {
  forgetPushSubscription,
  type PushSubscriptionRow,
  readPushSubscription,
  readPushSubscriptions,
} from "../../registry/notification/push-subscriptions.ts";
import { PushFailed } from "../delivery/push.ts";
import type { PhonesDeps } from "./deps.ts";

/** The lifetime of a login, after which it cannot be answered. */
const loginTtlSeconds = 300;

/**
 * Pushes to the person's phones, at one party or at all of them, and to that of the enrolment `alsoTo`. Deletes the
 * subscription of a phone that its push service no longer knows.
 * @returns whether a push service accepted it for at least one phone; also false if no phone can be reached by push
 * @throws ApplicationFailure, with the push service's retry delay, if none accepted it and a retry may succeed
 */
export async function pushToPhones(
  deps: PhonesDeps,
  personId: string,
  partyId: string | undefined,
  content: PushContent,
  alsoTo?: string,
): Promise<boolean> {
  const phones = await readPushSubscriptions(deps.pool, deps.sealer, personId, partyId, alsoTo);
  return send(deps, phones, content);
}

/** Pushes to the phone of one enrolment, ended or not, and to no other phone of the person. */
export async function pushToPhone(
  deps: PhonesDeps,
  enrolmentId: string,
  content: PushContent,
): Promise<boolean> {
  const phone = await readPushSubscription(deps.pool, deps.sealer, enrolmentId);
  return phone ? send(deps, [phone], content) : false;
}

async function send(
  deps: PhonesDeps,
  phones: readonly PushSubscriptionRow[],
  content: PushContent,
): Promise<boolean> {
  const payload = new TextEncoder().encode(JSON.stringify(content));
  const isUrgent = content.type === "login" || content.type === "change" || content.type === "new-phone";
  const options = {
    ttlSeconds: ttlSecondsOf(content, deps),
    urgency: isUrgent ? ("high" as const) : ("normal" as const),
    // A later message about the same change replaces an undelivered one (RFC 8030 §5.4).
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
  if (failed) throw failureOf(failed.reason);
  return false;
}

function ttlSecondsOf({ type }: PushContent, { durations }: PhonesDeps): number {
  if (type === "login") return loginTtlSeconds;
  const ms = type === "new-phone" ? newPhoneNoticeMs : durations.notificationExpiryMs;
  return Math.ceil(ms / 1_000);
}

function failureOf(reason: unknown): ApplicationFailure {
  const { retryAfterMs } = reason instanceof PushFailed ? reason : {};
  return ApplicationFailure.create({
    message: "No push service accepted the message.",
    type: "PushServiceAway",
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
  });
}
