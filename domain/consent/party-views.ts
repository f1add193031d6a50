import { randomInt, randomUUID } from "node:crypto";
import { dayInJapan } from "../../protocol/japan.ts";
import { type ConsentChangeRow, findChangeOfRevision } from "../../registry/consent/changes.ts";
import { type Consent, findConsent, lockConsent, lockSubject } from "../../registry/consent/consents.ts";
import {
  addViewLine,
  bringViewsForward,
  consentsWithoutView,
  hasViews,
  nameFor,
  partiesConcerned,
  shownRevision,
  type ViewLine,
} from "../../registry/consent/views.ts";
import type { Connection } from "../../registry/database.ts";
import { type Enrolment, findEnrolment } from "../../registry/issuance/enrolments.ts";
import { required } from "../../registry/required.ts";
import type { ApplyingDeps } from "./deps.ts";
import { isInForce } from "./in-force.ts";
import { signViewReceipt } from "./receipt.ts";

/** Japan Standard Time, which has no summer time. */
const jstOffsetMs = 9 * 3_600_000;

/** An act on a consent that several parties are notified of (docs/decisions/0033). */
export interface Happening {
  act: ViewLine["act"];
  /** Absent: its term has ended. */
  change?: ConsentChangeRow;
}

/**
 * Writes, in the act's own transaction, the view of it for every party's apps: at once and with its time for the party whose
 * app acted, and for both parties of a link; at a random time, and dated by the day, for every other party.
 * @returns for how many parties
 */
export async function showToParties(
  connection: Connection,
  deps: ApplyingDeps,
  consent: Consent,
  happening: Happening,
): Promise<number> {
  if (!hasViews(consent.kind)) return 0;
  const actor = await partyOf(connection, happening.change);
  const parties = new Set(await partiesConcerned(connection, consent));
  if (actor !== undefined) parties.add(actor);
  for (const partyId of parties) {
    const here = partyId === actor;
    if (here) await bringViewsForward(connection, { ...consent, partyId }, deps.clock());
    await writeLine(connection, deps, { consent, partyId, here, happening });
  }
  return parties.size;
}

/** Shows a party at which the person has just enrolled the consents given elsewhere before, dated by this day. */
export async function showToNewParty(
  connection: Connection,
  deps: ApplyingDeps,
  { personId, partyId }: Pick<Enrolment, "personId" | "partyId">,
): Promise<void> {
  await lockSubject(connection, { personId, kind: "register-refresh", partyId: null, linkId: null });
  for (const id of await consentsWithoutView(connection, { personId, partyId })) {
    const consent = await lockConsent(connection, id);
    if (!consent || !isInForce(consent, deps.clock())) continue;
    const happening = { act: "grant" as const };
    await writeLine(connection, deps, { consent, partyId, here: false, happening, isLate: true });
  }
}

/** Adds the views that a process of an older version did not write: every party is shown the row's state. */
export async function showUnshown(
  connection: Connection,
  deps: ApplyingDeps,
  consentId: string,
): Promise<void> {
  const found = await findConsent(connection, consentId);
  if (!found) return;
  await lockSubject(connection, found);
  const consent = required(await lockConsent(connection, consentId), "A consent");
  const change = await findChangeOfRevision(connection, consentId, consent.revision);
  await showToParties(connection, deps, consent, change ? { act: change.act, change } : { act: "expire" });
}

async function partyOf(
  connection: Connection,
  change: ConsentChangeRow | undefined,
): Promise<string | undefined> {
  const enrolmentId = change?.enrolmentId ?? null;
  return enrolmentId === null ? undefined : (await findEnrolment(connection, enrolmentId))?.partyId;
}

async function writeLine(
  connection: Connection,
  deps: ApplyingDeps,
  of: { consent: Consent; partyId: string; here: boolean; happening: Happening; isLate?: boolean },
): Promise<void> {
  const { consent, partyId, here, happening } = of;
  const { act, change } = happening;
  const now = deps.clock();
  const isExact = here || consent.kind === "link";
  const dueAt =
    isExact || of.isLate ? now : new Date(now.getTime() + randomInt(deps.durations.shownElsewhereMs + 1));
  const name = await nameFor(connection, { consentId: consent.id, personId: consent.personId, partyId });
  const line = {
    id: randomUUID(),
    name,
    consentRevision: consent.revision,
    changeId: change?.id ?? null,
    act,
    here,
    attributes: consent.attributes,
    state: consent.state,
    shownAt: isExact ? (change?.receivedAt ?? now) : dayInJapan(dueAt),
    validUntil: isExact ? consent.validUntil : yearBefore(consent.validUntil),
    registerState: registerShown(consent, here, change),
    dueAt,
  };
  const revision = (await shownRevision(connection, name, dueAt)) + 1;
  const receipt = await signViewReceipt(connection, deps, {
    consent,
    partyId,
    line,
    revision,
    change,
    isExact,
  });
  await addViewLine(connection, { ...line, receipt });
}

/** The state at J-LIS is shown to the party whose app acted; an end at J-LIS itself is shown to every party. */
function registerShown(
  { registerState }: Consent,
  here: boolean,
  change: ConsentChangeRow | undefined,
): ViewLine["registerState"] {
  if (registerState === null || here) return registerState;
  return change?.source === "j-lis" ? "withdrawn" : null;
}

/**
 * The last moment of the previous year, in Japan: the consent lasts at least until then. The exact day would reveal the day on
 * which it was given elsewhere.
 */
function yearBefore(validUntil: Date): Date {
  const year = new Date(validUntil.getTime() + jstOffsetMs).getUTCFullYear();
  return new Date(Date.UTC(year, 0, 1) - jstOffsetMs - 1_000);
}
