import { audit } from "../../registry/audit/lines.ts";
import {
  type ConsentChangeRow,
  decideConsentChange,
  findConsentChange,
  lockConsentChange,
} from "../../registry/consent/changes.ts";
import {
  addConsent,
  type Consent,
  lockConsent,
  lockConsentOf,
  lockSubject,
  newestRecordVersion,
  reviseConsent,
} from "../../registry/consent/consents.ts";
import type { Connection } from "../../registry/database.ts";
import { lockEnrolment } from "../../registry/issuance/enrolments.ts";
import { grantRequestsOf, reopenRequestsOf } from "../../registry/link/requests.ts";
import { required } from "../../registry/required.ts";
import type { ChangeOutcome, ConsentRefusal } from "../../workflows/consent/contract.ts";
import { announceGrant, announceWidening, cancelAnnouncements } from "./announcing.ts";
import type { ApplyingDeps } from "./deps.ts";
import { expire } from "./expiry.ts";
import { isInForce } from "./in-force.ts";
import { showToParties } from "./party-views.ts";
import { signReceipt } from "./receipt.ts";
import { termOf } from "./term.ts";
import { viewOf } from "./view.ts";

/**
 * Decides on a stored change and writes row, receipt, outcome and audit line atomically. A repeated change has the same
 * outcome. Locks in the global order: subject, change, consent, enrolment.
 */
export async function applyIn(
  connection: Connection,
  deps: ApplyingDeps,
  changeId: string,
): Promise<ChangeOutcome> {
  const found = await findConsentChange(connection, changeId);
  if (!found) return refused("NOT_FOUND");
  await lockSubject(connection, found);
  const change = required(await lockConsentChange(connection, changeId), "A consent's change");
  if (change.outcome) return outcomeOf(connection, change, change.outcome);

  const written = await write(connection, deps, change);
  if (typeof written === "string") {
    await decideConsentChange(connection, changeId, { outcome: written });
    if (change.act === "grant" && change.linkId !== null) await reopenRequestsOf(connection, change.linkId);
    await audit(connection, "consent-change-refused", change.consentId, { changeId, code: written });
    return refused(written);
  }
  const { act, source, consentId } = change;
  const receipt = await signReceipt(connection, deps, change, written);
  await decideConsentChange(connection, changeId, {
    outcome: "applied",
    revision: written.revision,
    receipt,
  });
  // The process that stored the grant has closed the request, unless it is of an older version; requests made since are granted
  // too.
  if (act === "grant" && written.linkId !== null)
    await grantRequestsOf(connection, written.linkId, deps.clock());
  const parties = await showToParties(connection, deps, written, { act, change });
  const shown = parties > 0 ? { parties } : {};
  await audit(connection, "consent-changed", consentId, {
    act,
    source,
    revision: written.revision,
    ...shown,
    ...coveredBy(act, written),
  });
  return { kind: "applied", view: await viewOf(connection, written) };
}

/** For the audit line, against which the row is verified: the person and party of the consent, and what it covers from now on. */
const coveredBy = (act: ConsentChangeRow["act"], { personId, partyId, attributes }: Consent) =>
  act === "withdraw" ? {} : { personId, partyId: partyId ?? "", attributes: attributes.join() };

type Code = ConsentRefusal["code"];

/** The new state of the consent, or why it is unchanged. */
async function write(
  connection: Connection,
  deps: ApplyingDeps,
  change: ConsentChangeRow,
): Promise<Consent | Code> {
  const isGrant = change.act === "grant";
  const known = await (isGrant
    ? lockConsentOf(connection, change)
    : lockConsent(connection, change.consentId));
  if (change.source === "device" && !(await isSignerActive(connection, change))) return "MESSAGE_UNTRUSTED";
  if (change.act === "grant") return grant(connection, deps, change, known);
  const isTheirs =
    known?.personId === change.personId &&
    known.partyId === change.partyId &&
    known.linkId === change.linkId &&
    known.kind === change.kind;
  if (!isTheirs || !isInForce(known, deps.clock())) return "CONSENT_NOT_IN_FORCE";
  // A withdrawal is accepted at any revision: no change in between could make it unwanted.
  const isPassed = change.seenRevision !== null && change.seenRevision !== known.revision;
  if (isPassed && change.act !== "withdraw") return "CONSENT_REVISION_PASSED";
  const revised = await reviseConsent(connection, { ...known, ...revision(change.act, known, change, deps) });
  if (change.act === "withdraw") await cancelAnnouncements(connection, revised.id);
  else await announceWidening(connection, deps, known, revised);
  return revised;
}

/** The phone may have been replaced since its message was accepted. */
async function isSignerActive(connection: Connection, { enrolmentId }: ConsentChangeRow): Promise<boolean> {
  const enrolment = enrolmentId === null ? undefined : await lockEnrolment(connection, enrolmentId);
  return enrolment?.state === "active";
}

async function grant(
  connection: Connection,
  deps: ApplyingDeps,
  change: ConsentChangeRow,
  earlier: Consent | undefined,
): Promise<Consent | Code> {
  const now = deps.clock();
  if (earlier && isInForce(earlier, now)) return "CONSENT_REVISION_PASSED";
  if (earlier) await expire(connection, deps, earlier);
  const { consentId: id, personId, partyId, linkId, kind, attributes, receivedAt } = change;
  const isDisclosure = kind === "disclosure";
  const version = isDisclosure ? await newestRecordVersion(connection, personId) : null;
  const consent: Consent = {
    id,
    personId,
    partyId,
    linkId,
    kind,
    attributes,
    noticeSha256: noticeOf(change),
    state: "in-force",
    revision: 1,
    ...termOf(receivedAt),
    remindAt: reminderAfter(deps),
    disclosedVersion: version,
    settledVersion: version,
    registerId: null,
    registerState: kind === "register-refresh" ? "pending" : null,
    createdAt: receivedAt,
    endedAt: null,
  };
  await addConsent(connection, consent);
  await announceGrant(connection, deps, consent);
  return consent;
}

/** The columns that an act changes in a consent in force. */
function revision(
  act: Exclude<ConsentChangeRow["act"], "grant">,
  known: Consent,
  change: ConsentChangeRow,
  deps: ApplyingDeps,
): Partial<Consent> {
  if (act === "withdraw")
    return { state: "withdrawn", endedAt: deps.clock(), registerState: withdrawnAtRegister(known, change) };
  return {
    attributes: change.attributes,
    noticeSha256: noticeOf(change),
    ...(act === "renew" ? { ...termOf(change.receivedAt), remindAt: reminderAfter(deps) } : {}),
    // J-LIS must also receive what the card has signed again.
    registerState: known.kind === "register-refresh" ? "pending" : null,
  };
}

/** J-LIS accepts a withdrawal only from the card: if it holds the consent, the withdrawal there is pending. */
function withdrawnAtRegister(known: Consent, { source }: ConsentChangeRow): Consent["registerState"] {
  if (known.registerState === null || source === "j-lis") return known.registerState && "withdrawn";
  return known.registerId === null ? "withdrawn" : "withdrawal-pending";
}

const reminderAfter = ({ clock, durations }: ApplyingDeps): Date =>
  new Date(clock().getTime() + durations.consentReminderMs);

function noticeOf({ noticeSha256 }: ConsentChangeRow): string {
  if (noticeSha256 === null) throw new Error("A consent change names no notice; the change is damaged.");
  return noticeSha256;
}

async function outcomeOf(
  connection: Connection,
  change: ConsentChangeRow,
  outcome: NonNullable<ConsentChangeRow["outcome"]>,
): Promise<ChangeOutcome> {
  if (outcome !== "applied") return refused(outcome as Code);
  const consent = required(await lockConsent(connection, change.consentId), "A consent");
  return { kind: "applied", view: await viewOf(connection, consent) };
}

const details: Record<Code, string> = {
  CONSENT_NOT_IN_FORCE: "No consent of this person with this id is in force.",
  CONSENT_REVISION_PASSED: "Another change came first; read the consents again.",
  MESSAGE_UNTRUSTED: "The enrolment whose device key signed has ended.",
  NOT_FOUND: "The change is not in the registry.",
};

const refused = (code: Code): ConsentRefusal => ({ kind: "refused", code, detail: details[code] });
