import type { ConsentChange } from "../../protocol/consent.ts";
import { findConsent } from "../../registry/consent/consents.ts";
import { consentNamed, hasViews, shownRevision } from "../../registry/consent/views.ts";
import type { Connection } from "../../registry/database.ts";
import type { Enrolment } from "../../registry/issuance/enrolments.ts";
import { Refusal } from "../refusal.ts";

/** A revision that no consent has: it always counts as outdated. */
const passedRevision = 2_147_483_647;

/**
 * A change with the consent's own id and revision in place of those that this party's apps are shown, if the consent concerns
 * several parties.
 * @throws Refusal CONSENT_NOT_IN_FORCE if this party has no consent of this person under that id
 */
export async function changeMeant(
  connection: Connection,
  change: ConsentChange,
  { personId, partyId }: Pick<Enrolment, "personId" | "partyId">,
  now: Date,
): Promise<ConsentChange> {
  const { consentId: name, kind, revision } = change;
  if (name === undefined || !hasViews(kind)) return change;
  const consentId = await consentNamed(connection, { name, personId, partyId });
  const consent = consentId === undefined ? undefined : await findConsent(connection, consentId);
  if (!consent)
    throw new Refusal({
      code: "CONSENT_NOT_IN_FORCE",
      detail: "No consent of this person with this id is in force here.",
    });
  if (revision === undefined) return { ...change, consentId: consent.id };
  const isNewest = revision === (await shownRevision(connection, name, now));
  return { ...change, consentId: consent.id, revision: isNewest ? consent.revision : passedRevision };
}
