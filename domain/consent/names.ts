import type { ConsentChange } from "../../protocol/consent.ts";
import { findConsent } from "../../registry/consent/consents.ts";
import { consentNamed, hasViews, shownRevision } from "../../registry/consent/views.ts";
import type { Connection } from "../../registry/database.ts";
import type { Enrolment } from "../../registry/issuance/enrolments.ts";
import { Refusal } from "../refusal.ts";

/** No consent has it: what was seen has passed. */
const passedRevision = 2_147_483_647;

/**
 * A change with the consent's own id and revision in the place of those that this party's apps are shown, where the consent
 * concerns other parties too.
 * @throws Refusal CONSENT_NOT_IN_FORCE where this party has no consent of this person by that name
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
