import type { Logger } from "pino";
import { webPushChannel } from "../activities/delivery/web-push.ts";
import { pushToPhones } from "../activities/notification/phones.ts";
import type { Configuration } from "./configuration.ts";
import { durationsOf } from "./durations.ts";
import { outboundOf } from "./outbound.ts";
import type { Parts } from "./parts.ts";

/** Pushes that a login waits. Nobody waits for it: a phone that no push reaches finds the login in its inbox. */
export function makePushLogin(
  configuration: Configuration,
  parts: Parts,
  log: Logger,
): (of: { personId: string; partyId: string; loginId: string }) => Promise<void> {
  const vapid = { subject: configuration.KAZASU_VAPID_SUBJECT, ...parts.deliveryKeys.vapid };
  const channels = { web: webPushChannel({ vapid, outbound: outboundOf(configuration) }) };
  const deps = { ...parts, channels, durations: durationsOf(configuration) };
  return async ({ personId, partyId, loginId }) => {
    void pushToPhones(deps, personId, partyId, { type: "login", loginId }).catch((error: Error) => {
      log.warn({ errorName: error.name }, "a login could not be pushed; the inbox shows it");
    });
  };
}
