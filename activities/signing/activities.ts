import { randomUUID, X509Certificate } from "node:crypto";
import type { Pool } from "pg";
import type { Authority } from "../../pki/ca/authority.ts";
import type { Profile } from "../../pki/ca/profile.ts";
import { makeTbs, signTbs, type TbsInput } from "../../pki/ca/tbs.ts";
import { encode } from "../../protocol/encoding.ts";
import type { RefusalCode } from "../../protocol/refusals.ts";
import { type Activation, readActivation } from "../../registry/activations.ts";
import { findApplication } from "../../registry/applications.ts";
import { audit } from "../../registry/audit.ts";
import {
  findCertificate,
  type IssuanceIntent,
  type IssuedCertificate,
  storeCertificate,
  storeIntent,
} from "../../registry/certificates.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import {
  activateEnrolment,
  type Enrolment,
  endEnrolment,
  hasRival,
  lockEnrolment,
} from "../../registry/enrolments.ts";
import { revokeCertificate } from "../../registry/revocations.ts";
import { sameMac } from "../../registry/sealing.ts";
import type { ActivateOutcome, IssuanceActivities } from "../../workflows/issuance/contract.ts";
import { noteCredentialChange } from "./credential-change.ts";
import type { IssuanceJournal } from "./journal.ts";

export interface SigningDeps {
  pool: Pool;
  authority: Authority;
  profile: Profile;
  urls: TbsInput["urls"];
  journal: IssuanceJournal;
  clock: () => Date;
}

/** Signing: write-ahead issuance. Never two certificates for one intent, never a signature without a record. */
export function createSigningActivities(
  deps: SigningDeps,
): Pick<IssuanceActivities, "issue" | "endIssuance"> {
  return {
    async issue({ activationId }) {
      const activation = await readActivation(deps.pool, activationId);
      if (!activation) return refused("NOT_APPLIED", "The activation is not in the registry.");
      const begun = await transaction(deps.pool, (connection) => intend(connection, deps, activation));
      if (begun.kind !== "intended") return begun;
      const { intent } = begun;
      await deps.journal.append({ entry: "intent", ...journalled(intent), tbs: encode(intent.tbs) });
      const der = Buffer.from(await signTbs(deps.authority, intent.tbs));
      const stored = await transaction(deps.pool, (connection) => complete(connection, intent, der));
      return "kind" in stored ? stored : handOut(deps, intent.id, stored);
    },

    async endIssuance({ enrolmentId, why }) {
      await transaction(deps.pool, async (connection) => {
        const enrolment = await lockEnrolment(connection, enrolmentId);
        if (enrolment?.state !== "applied") return;
        await endEnrolment(connection, enrolmentId, "ended", why);
        await audit(connection, "enrolment-ended", enrolmentId, { why });
      });
    },
  };
}

type Begun = ActivateOutcome | { kind: "intended"; intent: IssuanceIntent };

/** Decides on the code and stores exactly what will be signed. */
async function intend(connection: Connection, deps: SigningDeps, activation: Activation): Promise<Begun> {
  const enrolment = await lockEnrolment(connection, activation.enrolmentId);
  if (!enrolment?.codeMac)
    return refused("NOT_APPLIED", "No accepted application stands behind this activation.");
  if (enrolment.spkiSha256 !== activation.spkiSha256) {
    return refused("DEVICE_KEY_MISMATCH", "The certificate request is for another key than the application.");
  }
  if (enrolment.state === "ended") return ended(enrolment);
  if (!sameMac(enrolment.codeMac, activation.codeMac))
    return refused("CODE_WRONG", "The activation code is not the one that was delivered.");
  if (enrolment.state === "applied" && (await replacedMeanwhile(connection, enrolment))) {
    return refused("NOTHING_TO_REPLACE", "The enrolment to be replaced has ended since the tap.");
  }

  const application = await findApplication(connection, enrolment.id);
  if (!application) throw new Error("An enrolment has no application; the registry is damaged.");
  const { tbs, serial, profileHash } = makeTbs({
    authority: deps.authority,
    profile: deps.profile,
    subjectPublicKey: activation.spki,
    pseudonym: enrolment.pseudonym,
    now: deps.clock(),
    urls: deps.urls,
  });
  const intent = await storeIntent(connection, {
    id: randomUUID(),
    enrolmentId: enrolment.id,
    serial,
    tbs: Buffer.from(tbs),
    profileHash,
    evidenceId: application.evidenceId,
    issuerKeyId: deps.authority.issuingKeyId,
  });
  if (intent.serial === serial)
    await audit(connection, "issuance-intended", enrolment.id, { intentId: intent.id, serial });
  return { kind: "intended", intent };
}

/**
 * Whether another phone got there first. The row of the one to be replaced is held until the intent is stored, so
 * that of two phones that replace the same enrolment at once only one is ever signed for.
 */
async function replacedMeanwhile(connection: Connection, { id, replaces }: Enrolment): Promise<boolean> {
  if (replaces === undefined) return false;
  const old = await lockEnrolment(connection, replaces);
  return old?.state !== "active" || (await hasRival(connection, { id, replaces }));
}

/**
 * Stores the signature, activates the enrolment and ends the one it replaces: all of it or nothing. Nothing where the
 * application ended while it was signed: that signature is handed to nobody, and the old certificate stays good.
 */
async function complete(
  connection: Connection,
  intent: IssuanceIntent,
  der: Buffer,
): Promise<IssuedCertificate | ActivateOutcome> {
  const enrolment = await lockEnrolment(connection, intent.enrolmentId);
  const before = await findCertificate(connection, intent.enrolmentId);
  if (before || !enrolment)
    return before ?? raise("The enrolment of an intent is gone; the registry is damaged.");
  if (enrolment.state !== "applied") return ended(enrolment);
  const stored = await storeCertificate(connection, {
    id: intent.id,
    enrolmentId: intent.enrolmentId,
    serial: intent.serial,
    der,
    ...validityOf(der),
  });
  await activateEnrolment(connection, enrolment.id);
  await audit(connection, "certificate-issued", enrolment.id, { intentId: intent.id, serial: intent.serial });
  if (enrolment.replaces !== undefined) {
    await succeed(connection, enrolment.replaces, enrolment.id);
    await noteCredentialChange(connection, enrolment);
  }
  return stored;
}

/** The new certificate stands; now the old one goes (RFC 5280 superseded). */
async function succeed(connection: Connection, oldId: string, newId: string): Promise<void> {
  await endEnrolment(connection, oldId, "superseded", `replaced by ${newId}`);
  if (await revokeCertificate(connection, oldId, "superseded")) {
    await audit(connection, "certificate-revoked", oldId, { reason: "superseded", by: newId });
  }
}

/** Only stored bytes are handed out, and only after the journal outside Postgres has them. */
async function handOut(
  deps: SigningDeps,
  intentId: string,
  stored: IssuedCertificate,
): Promise<ActivateOutcome> {
  const { enrolmentId, serial, der } = stored;
  await deps.journal.append({
    entry: "certificate",
    intentId,
    enrolmentId,
    serial,
    certificate: encode(der),
  });
  return { kind: "issued", certificateId: stored.id };
}

function validityOf(der: Uint8Array): { notBefore: Date; notAfter: Date } {
  const { validFrom, validTo } = new X509Certificate(der);
  return { notBefore: new Date(validFrom), notAfter: new Date(validTo) };
}

const journalled = ({ id, enrolmentId, serial, profileHash, evidenceId }: IssuanceIntent) => ({
  intentId: id,
  enrolmentId,
  serial,
  profileHash,
  evidenceId,
});

const refused = (code: RefusalCode, detail: string): ActivateOutcome => ({ kind: "refused", code, detail });

const ended = ({ endedWhy }: Enrolment): ActivateOutcome =>
  refused(endedWhy === "locked" ? "CODE_LOCKED" : "CHALLENGE_EXPIRED", "The application has ended.");

function raise(message: string): never {
  throw new Error(message);
}
