import { createCardVerificationActivities } from "../activities/card-verification/activities.ts";
import { grantAtTap } from "../activities/consent/grant-at-tap.ts";
import { signalConsentsOf } from "../activities/consent/signal-person.ts";
import type { JLis } from "../activities/j-lis/j-lis.ts";
import { createRecognitionActivities } from "../activities/recognition/activities.ts";
import { createRetentionActivities } from "../activities/retention/activities.ts";
import { createSigningActivities } from "../activities/signing/activities.ts";
import { announceCredentialChange } from "../activities/signing/credential-change.ts";
import type { IssuanceJournal } from "../activities/signing/journal.ts";
import type { Operator } from "../client/operator/operator.ts";
import { basic } from "../pki/ca/profile.ts";
import type { ConsentStartActivities } from "../workflows/consent/contract.ts";
import type { IssuanceActivities, RetentionActivities } from "../workflows/issuance/contract.ts";
import type { Configuration } from "./configuration.ts";
import type { Parts } from "./parts.ts";
import { statusUrls } from "./status-urls.ts";

export interface IssuanceParts extends Parts {
  journal: IssuanceJournal;
  jlis: JLis;
  operator: Operator;
}

/** How long an activity waits for another lifecycle before it is tried again, milliseconds. */
export const lifecycleAnswerMs = 10_000;

/** What the issuance lifecycle asks of the world. */
export function issuanceActivities(
  configuration: Configuration,
  parts: IssuanceParts,
): IssuanceActivities & RetentionActivities & Pick<ConsentStartActivities, "grantAtTap"> {
  const { keys, operator } = parts;
  const reader = { ...parts, serviceKey: keys.service.publicJwk, recognitionKey: keys.recognition };
  return {
    ...createCardVerificationActivities(reader),
    ...createRecognitionActivities({
      ...reader,
      pseudonymKey: keys.pseudonym,
      activationKey: keys.activation,
    }),
    ...createSigningActivities({ ...parts, profile: basic, urls: statusUrls(configuration) }),
    ...createRetentionActivities(parts),
    ...grantAtTap({
      ...parts,
      startChange: (change) => operator.consent.change(change, lifecycleAnswerMs),
      signalConsentsOf: signalConsentsOf({
        ...parts,
        signalConsent: (id, version) => operator.consent.signalAnchorRefreshed(id, version),
      }),
      announceCredentialChange: (enrolmentId) =>
        announceCredentialChange(
          { ...parts, transmit: (jti) => operator.notification.transmit(jti) },
          enrolmentId,
        ),
    }),
  };
}
