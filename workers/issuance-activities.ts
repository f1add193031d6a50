import { createCardVerificationActivities } from "../activities/card-verification/activities.ts";
import type { JLis } from "../activities/j-lis/j-lis.ts";
import { createRecognitionActivities } from "../activities/recognition/activities.ts";
import { createRetentionActivities } from "../activities/retention/activities.ts";
import { createSigningActivities } from "../activities/signing/activities.ts";
import type { IssuanceJournal } from "../activities/signing/journal.ts";
import type { Engine } from "../client/engine/engine.ts";
import { grantAtTap } from "../domain/consent/grant-at-tap.ts";
import type { ConsentStartActivities } from "../workflows/consent/contract.ts";
import type { IssuanceActivities, RetentionActivities } from "../workflows/issuance/contract.ts";
import type { Configuration } from "./configuration.ts";
import { durationsOf } from "./durations.ts";
import type { AuthorityParts } from "./parts.ts";
import { signalChangedRecord } from "./signal-changed-record.ts";
import { statusUrls } from "./status-urls.ts";

export interface IssuanceParts extends AuthorityParts {
  journal: IssuanceJournal;
  jlis: JLis;
  engine: Engine;
}

/** How long an activity waits for another workflow before it is retried, milliseconds. */
export const lifecycleAnswerMs = 10_000;

/** The activities of the issuance lifecycle. */
export function issuanceActivities(
  configuration: Configuration,
  parts: IssuanceParts,
): IssuanceActivities & RetentionActivities & Pick<ConsentStartActivities, "grantAtTap"> {
  const { keys, engine } = parts;
  const reader = { ...parts, serviceKey: keys.service.publicJwk, recognitionKey: keys.recognition };
  return {
    ...createCardVerificationActivities(reader),
    ...createRecognitionActivities({
      ...reader,
      pseudonymKey: keys.pseudonym,
      activationKey: keys.activation,
    }),
    ...createSigningActivities({
      ...parts,
      urls: statusUrls(configuration),
      announceWithinMs: durationsOf(configuration).announceWithinMs,
    }),
    ...createRetentionActivities(parts),
    ...grantAtTap({
      ...parts,
      serviceKey: keys.service,
      issuer: configuration.KAZASU_ISSUER,
      publicUrl: configuration.KAZASU_PUBLIC_URL.replace(/\/+$/, ""),
      durations: durationsOf(configuration),
      startChange: (change) => engine.consent.change(change, lifecycleAnswerMs),
      signalChangedRecord: signalChangedRecord(parts),
      signalCertificate: (enrolmentId) => engine.certificate.reread(enrolmentId),
    }),
  };
}
