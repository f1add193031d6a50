import { randomUUID } from "node:crypto";
import { isRevokedByRoot } from "../../pki/ca/authority.ts";
import { ProfileError } from "../../pki/ca/profiles/profile.ts";
import { profiles } from "../../pki/ca/profiles/profiles.ts";
import { type MadeTbs, makeTbs } from "../../pki/ca/tbs.ts";
import type { RefusalCode } from "../../protocol/refusals.ts";
import { readAttributeRecord } from "../../registry/attribute-record/records.ts";
import { audit } from "../../registry/audit/lines.ts";
import { type IssuanceIntent, storeIntent } from "../../registry/certificate/certificates.ts";
import { isFrozen } from "../../registry/certificate/freezes.ts";
import { isKeyBlocked } from "../../registry/certificate/revocations.ts";
import type { Connection } from "../../registry/database.ts";
import type { Activation } from "../../registry/issuance/activations.ts";
import { findApplication } from "../../registry/issuance/applications.ts";
import { type Enrolment, hasRival, lockEnrolment } from "../../registry/issuance/enrolments.ts";
import { profileOf } from "../../registry/party/parties.ts";
import { sameMac } from "../../registry/sealing.ts";
import type { ActivateOutcome } from "../../workflows/issuance/contract.ts";
import { countWrongCode } from "./activation-code.ts";
import type { IssuingDeps } from "./deps.ts";
import { refused } from "./refused.ts";

export type Begun = ActivateOutcome | { kind: "intended"; intent: IssuanceIntent; isRetry: boolean };

/** Decides on the code and stores, once, exactly the bytes to be signed. */
export async function intend(
  connection: Connection,
  deps: IssuingDeps,
  activation: Activation,
): Promise<Begun> {
  const enrolment = await lockEnrolment(connection, activation.enrolmentId);
  if (!enrolment?.codeMac)
    return refused("NOT_APPLIED", "This activation belongs to no accepted application.");
  if (enrolment.spkiSha256 !== activation.spkiSha256) {
    return refused("DEVICE_KEY_MISMATCH", "The certificate request is for another key than the application.");
  }
  if (enrolment.state === "ended") return ended(enrolment);
  if (!sameMac(enrolment.codeMac, activation.codeMac))
    return countWrongCode(connection, enrolment, activation);
  if (enrolment.state === "applied" && (await replacedMeanwhile(connection, enrolment))) {
    return refused("NOTHING_TO_REPLACE", "The enrolment to be replaced has ended since the tap.");
  }
  if (await isKeyBlocked(connection, activation.spkiSha256)) {
    return refused("DEVICE_KEY_BLOCKED", "The private key was reported as compromised.");
  }

  const application = await findApplication(connection, enrolment.id);
  if (!application) throw new Error("An enrolment has no application; the registry is damaged.");
  const { active } = deps.authorities();
  const profile = await profileOf(connection, enrolment);
  const made = await make(connection, deps, enrolment, activation, profile);
  if ("code" in made) return made;
  const intent = await storeIntent(connection, {
    id: randomUUID(),
    enrolmentId: enrolment.id,
    serial: made.serial,
    tbs: Buffer.from(made.tbs),
    profile,
    profileHash: made.profileHash,
    evidenceId: application.evidenceId,
    issuerKeyId: active.issuingKeyId,
    generation: active.generation,
    crlShard: made.crlShard,
    spkiSha256: activation.spkiSha256,
  });
  const isRetry = intent.serial !== made.serial;
  if (!isRetry)
    await audit(connection, "issuance-intended", enrolment.id, {
      intentId: intent.id,
      serial: intent.serial,
    });
  return { kind: "intended", intent, isRetry };
}

/** The exact bytes, by the newest version of the app's profile; refused if the person's attributes do not fit it. */
async function make(
  connection: Connection,
  deps: IssuingDeps,
  { personId, pseudonym }: Enrolment,
  activation: Activation,
  profile: keyof typeof profiles,
): Promise<MadeTbs | (ActivateOutcome & { code: RefusalCode })> {
  const record =
    profile === "attribute" ? await readAttributeRecord(connection, deps.sealer, personId) : undefined;
  const authority = deps.authorities().active;
  if (isRevokedByRoot(authority))
    return refused(
      "CERTIFICATE_UNMAKEABLE",
      `The issuing CA of ${authority.generation} is revoked by its root, and no other generation issues.`,
    );
  try {
    return makeTbs({
      authority,
      profile: profiles[profile],
      subjectPublicKey: activation.spki,
      pseudonym,
      ...(record ? { attributes: record.attributes } : {}),
      now: deps.clock(),
      urls: deps.urls,
    });
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    return refused(
      "CERTIFICATE_UNMAKEABLE",
      `The attributes do not fit the profile ${profile}: ${error.code}.`,
    );
  }
}

/**
 * Whether another phone was first. The row of the enrolment to be replaced is locked until the intent is stored, so that of two
 * concurrent replacements of one enrolment only one is ever signed.
 */
async function replacedMeanwhile(connection: Connection, { id, replaces }: Enrolment): Promise<boolean> {
  if (replaces === undefined) return false;
  const old = await lockEnrolment(connection, replaces);
  const isThere = old?.state === "active" || (await isFrozen(connection, replaces));
  return !isThere || (await hasRival(connection, { id, replaces }));
}

/** The enrolment ended before its certificate was stored. */
export function ended({ endedWhy }: Enrolment) {
  const code = endedWhy === "locked" ? "CODE_LOCKED" : "CHALLENGE_EXPIRED";
  return refused(code, "The application has ended.");
}
