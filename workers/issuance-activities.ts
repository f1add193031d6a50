import { createCardVerificationActivities } from "../activities/card-verification/activities.ts";
import { grantAtTap } from "../activities/consent/grant-at-tap.ts";
import type { JLis } from "../activities/j-lis/j-lis.ts";
import { createRecognitionActivities } from "../activities/recognition/activities.ts";
import { createRetentionActivities } from "../activities/retention/activities.ts";
import { createSigningActivities } from "../activities/signing/activities.ts";
import type { IssuanceJournal } from "../activities/signing/journal.ts";
import type { Operator } from "../client/operator/operator.ts";
import type { Authority } from "../pki/ca/authority.ts";
import { basic } from "../pki/ca/profile.ts";
import type { Configuration } from "./configuration.ts";
import type { Parts } from "./parts.ts";
import { statusUrls } from "./status-urls.ts";

export interface IssuanceParts extends Parts {
  authority: Authority;
  journal: IssuanceJournal;
  jlis: JLis;
  operator: Operator;
}

/** What the issuance lifecycle asks of the world, with its parts. */
export function issuanceActivities(configuration: Configuration, parts: IssuanceParts) {
  const { keys, jlis } = parts;
  const reader = {
    ...parts,
    serviceKey: keys.service.publicJwk,
    recognitionKey: keys.recognition,
    jlis,
  };
  return {
    ...createCardVerificationActivities(reader),
    ...createRecognitionActivities({ ...reader, pseudonymKey: keys.pseudonym, activationKey: keys.activation }),
    ...createSigningActivities({ ...parts, profile: basic, urls: statusUrls(configuration) }),
    ...createRetentionActivities(parts),
  };
}
