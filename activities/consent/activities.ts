import { findConsent, lockConsent, setReminder } from "../../registry/consents.ts";
import { transaction } from "../../registry/database.ts";
import type { ConsentActivities } from "../../workflows/consent/contract.ts";
import { applyIn } from "./applying.ts";
import type { ConsentDeps } from "./deps.ts";
import { expire } from "./expiry.ts";
import { handToRegister } from "./register.ts";
import { isInForce, viewOf } from "./view.ts";

/** What the lifecycle of a consent asks of the world. `registerConsent` belongs on J-LIS's own queue. */
export function createConsentActivities(deps: ConsentDeps): ConsentActivities {
  return {
    applyChange: ({ changeId }) =>
      transaction(deps.pool, (connection) => applyIn(connection, deps, changeId)),

    async readConsent({ consentId }) {
      const consent = await findConsent(deps.pool, consentId);
      return consent && viewOf(deps.pool, consent);
    },

    registerConsent: ({ consentId }) => handToRegister(deps, consentId),

    expireConsent: ({ consentId }) =>
      transaction(deps.pool, async (connection) => {
        const consent = (await lockConsent(connection, consentId)) ?? gone();
        const isDue = consent.state === "in-force" && !isInForce(consent, deps.clock());
        return viewOf(connection, isDue ? await expire(connection, consent) : consent);
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
      const { personId, partyId } = consent;
      await deps.pushToPhones(personId, partyId ?? undefined, { type: "consent-reminder", consentId });
    },
  };
}

const gone = (): never => {
  throw new Error("A consent is not in the registry; was the database restored to an earlier time?");
};
