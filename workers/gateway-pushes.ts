import type { Logger } from "pino";
import { webPushChannel } from "../activities/delivery/web-push.ts";
import { pushToPhones } from "../activities/notification/phones.ts";
import type { ConsentPushes, LoginPushes } from "../gateway/pushes.ts";
import type { PushContent } from "../protocol/notification.ts";
import type { Configuration } from "./configuration.ts";
import { durationsOf } from "./durations.ts";
import { outboundOf } from "./outbound.ts";
import type { Parts } from "./parts.ts";

/** The gateway's own pushes; a failed push is in the log, and its content in the phone's inbox. */
export function makeGatewayPushes(
  configuration: Configuration,
  parts: Parts,
  log: Logger,
): LoginPushes & ConsentPushes {
  const vapid = { subject: configuration.KAZASU_VAPID_SUBJECT, ...parts.deliveryKeys.vapid };
  const channels = { web: webPushChannel({ vapid, outbound: outboundOf(configuration) }) };
  const deps = { ...parts, channels, durations: durationsOf(configuration) };
  const push = async (personId: string, partyId: string, content: PushContent): Promise<void> => {
    void pushToPhones(deps, personId, partyId, content).catch((error: Error) => {
      log.warn({ errorName: error.name, type: content.type }, "a push failed; its content is in the inbox");
    });
  };
  return {
    pushLogin: ({ personId, partyId, loginId }) => push(personId, partyId, { type: "login", loginId }),
    pushConsents: ({ personId, partyId }) => push(personId, partyId, { type: "consent-reminder" }),
  };
}
