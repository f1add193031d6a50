import { applyIn } from "../../domain/consent/applying.ts";
import { expire } from "../../domain/consent/expiry.ts";
import { isInForce } from "../../domain/consent/in-force.ts";
import { viewOf } from "../../domain/consent/view.ts";
import { findConsent, lockConsent, setReminder } from "../../registry/consent/consents.ts";
import { hasViews, viewsToRemindOf } from "../../registry/consent/views.ts";
import { transaction } from "../../registry/database.ts";
import { pendingEventsOf } from "../../registry/notification/consent-events.ts";
import type { ConsentActivities } from "../../workflows/consent/contract.ts";
import type { ConsentDeps } from "./deps.ts";
import { handToRegister } from "./register.ts";

/** The activities of a consent. `registerConsent` runs on J-LIS's own task queue. */
export function createConsentActivities(deps: ConsentDeps): ConsentActivities {
  return {
    applyChange: ({ changeId }) =>
      transaction(deps.pool, (connection) => applyIn(connection, deps, changeId)),

    async readConsent({ consentId }) {
      const consent = await findConsent(deps.pool, consentId);
      return consent && viewOf(deps.pool, consent);
    },

    registerConsent: ({ consentId }) => handToRegister(deps, consentId),

    async announceConsent({ consentId }) {
      for (const jti of await pendingEventsOf(deps.pool, consentId)) await deps.transmit(jti);
    },

    expireConsent: ({ consentId }) =>
      transaction(deps.pool, async (connection) => {
        const consent = (await lockConsent(connection, consentId)) ?? gone();
        const isDue = consent.state === "in-force" && !isInForce(consent, deps.clock());
        return viewOf(connection, isDue ? await expire(connection, deps, consent) : consent);
      }),

    scheduleReminder: ({ consentId }) =>
      transaction(deps.pool, async (connection) => {
        const consent = (await lockConsent(connection, consentId)) ?? gone();
        const remindAt = new Date(deps.clock().getTime() + deps.durations.consentReminderMs);
        await setReminder(connection, consentId, remindAt);
        return viewOf(connection, { ...consent, remindAt });
      }),

    async remindOfConsent({ consentId }) {
      const consent = await findConsent(deps.pool, consentId);
      if (!consent || !isInForce(consent, deps.clock())) return;
      const { personId, partyId, kind } = consent;
      const named = hasViews(kind)
        ? await viewsToRemindOf(deps.pool, consentId)
        : [{ name: consentId, partyId: partyId ?? undefined }];
      for (const { name, partyId: at } of named)
        await deps.pushToPhones(personId, at, { type: "consent-reminder", consentId: name });
    },
  };
}

const gone = (): never => {
  throw new Error("A consent is not in the registry; was the database restored to an earlier time?");
};
