import { randomUUID } from "node:crypto";
import { witnessesOfNewPhone } from "../../registry/certificate/new-phones.ts";
import {
  addConsentChange,
  findChangeOfMessage,
  isWithdrawnSince,
  type NewConsentChange,
} from "../../registry/consent/changes.ts";
import { lockConsentOf, lockSubject } from "../../registry/consent/consents.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import { type AgreedConsent, readAgreed } from "../../registry/issuance/decisions.ts";
import { type Enrolment, findEnrolment } from "../../registry/issuance/enrolments.ts";
import type { ConsentStartActivities } from "../../workflows/consent/contract.ts";
import type { ApplyingDeps, StartChange } from "./deps.ts";
import { isInForce } from "./in-force.ts";
import { showToNewParty } from "./party-views.ts";

/** The workflows that follow a tap; `workers/issuance-activities.ts` passes in the typed Temporal client. */
export interface LifecyclesAfterTap {
  startChange: StartChange;
  /** The tap may have proven a change that a party is to receive, or that makes another certificate of the person outdated. */
  signalChangedRecord(personId: string): Promise<void>;
  /** Signals the certificate's own workflow, that of the certificate it replaces, and those that send its new-phone notices. */
  signalCertificate(enrolmentId: string): Promise<void>;
}

export interface GrantAtTapDeps extends ApplyingDeps, LifecyclesAfterTap {}

/** Another tap, or a phone, may come first each time: the consent is then read again. */
const looks = 5;

/** After the certificate is issued, turns what was agreed to at the tap into consents. */
export function grantAtTap(deps: GrantAtTapDeps): Pick<ConsentStartActivities, "grantAtTap"> {
  return {
    async grantAtTap({ enrolmentId }) {
      const enrolment = await findEnrolment(deps.pool, enrolmentId);
      if (!enrolment) throw new Error("A certificate was issued and its enrolment is not in the registry.");
      for (const agreed of await readAgreed(deps.pool, enrolmentId)) await bring(deps, enrolment, agreed);
      await transaction(deps.pool, (connection) => showToNewParty(connection, deps, enrolment));
      await deps.signalChangedRecord(enrolment.personId);
      await deps.signalCertificate(enrolmentId);
      const witnesses = new Set(await witnessesOfNewPhone(deps.pool, enrolmentId));
      if (enrolment.replaces !== undefined) witnesses.add(enrolment.replaces);
      for (const other of witnesses) await deps.signalCertificate(other);
    },
  };
}

async function bring(deps: GrantAtTapDeps, enrolment: Enrolment, agreed: AgreedConsent): Promise<void> {
  for (let look = 0; look < looks; look += 1) {
    const change = await transaction(deps.pool, (connection) =>
      changeFor(connection, deps, enrolment, agreed),
    );
    if (change === "settled") return;
    const outcome = await deps.startChange(change);
    if (outcome.kind === "applied") return;
    if (outcome.kind === "unanswered")
      throw new Error(
        "The consent's workflow has not answered yet; the change is stored and will be sent again.",
      );
  }
  throw new Error(`A consent given at a tap was overtaken ${looks} times; it is brought again.`);
}

/**
 * The change that a decision requires: a grant, or, if a consent of this subject is in force, its renewal or amendment. The
 * subject is locked, so that two concurrent taps do not both see none; if both grants are stored all the same, the second is
 * refused when it is decided on, and the consent is read again.
 * @returns `settled` if nothing is left to do: it was applied, or such a consent was withdrawn after the tap
 */
async function changeFor(
  connection: Connection,
  { clock }: GrantAtTapDeps,
  enrolment: Enrolment,
  agreed: AgreedConsent,
): Promise<{ consentId: string; changeId: string } | "settled"> {
  const { kind, attributes, noticeSha256, digest, decidedAt } = agreed;
  const subject = {
    personId: enrolment.personId,
    kind,
    partyId: kind === "disclosure" ? enrolment.partyId : null,
    linkId: null,
  };
  await lockSubject(connection, subject);
  const earlier = await findChangeOfMessage(connection, enrolment.id, digest);
  if (earlier?.outcome === "applied") return "settled";
  if (earlier?.outcome === null) return { consentId: earlier.consentId, changeId: earlier.id };

  const known = await lockConsentOf(connection, subject);
  const standing = known && isInForce(known, clock()) ? known : undefined;
  // The latest statement counts: the decision on the tap's consents comes after the tap itself.
  if (!standing && (await isWithdrawnSince(connection, subject, decidedAt))) return "settled";
  const change: NewConsentChange = {
    ...subject,
    consentId: standing?.id ?? randomUUID(),
    act: standing ? (sameAttributes(standing.attributes, attributes) ? "renew" : "amend") : "grant",
    attributes,
    noticeSha256,
    digest,
    source: "card",
    enrolmentId: enrolment.id,
    receivedAt: decidedAt,
  };
  return { consentId: change.consentId, changeId: await addConsentChange(connection, change) };
}

const sameAttributes = (a: readonly string[], b: readonly string[]): boolean =>
  a.toSorted().join() === b.toSorted().join();
