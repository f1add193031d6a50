import type { NoticeReference } from "../../protocol/challenge.ts";
import type { ConsentChange } from "../../protocol/consent.ts";
import { type ConsentSubject, findConsent } from "../../registry/consent/consents.ts";
import type { Connection } from "../../registry/database.ts";
import { findNotice } from "../../registry/party/parties.ts";
import { Refusal } from "../refusal.ts";
import { isInForce } from "./in-force.ts";

/**
 * What can be checked of a change before its workflow is called: its shape, the text it was signed on, and that the consent is
 * this person's at the revision that they saw. Throws a {@link Refusal}; the workflow decides again, as the authority.
 */
export async function examineConsentChange(
  connection: Connection,
  change: ConsentChange,
  subject: ConsentSubject,
  now: Date,
): Promise<void> {
  const { act, kind } = change;
  // J-LIS accepts a consent only from the card; a withdrawal here stops our own queries at once.
  if (kind === "register-refresh" && act !== "withdraw")
    throw refusal("CARD_NEEDED", "A consent for the register refresh is signed with the card, at a tap.");
  const isWhole = act === "grant" ? change.consentId === undefined : change.revision !== undefined;
  if (!isWhole || (act !== "grant" && change.consentId === undefined))
    throw refusal("MALFORMED_REQUEST", "A grant names no consent; any other act names it and its revision.");
  if (act !== "withdraw") await examineText(connection, change);
  if (act !== "grant") await examineStanding(connection, change, subject, now);
}

async function examineText(
  connection: Connection,
  { notice, kind, attributes }: ConsentChange,
): Promise<void> {
  const isEmpty = attributes.length === 0 && kind !== "link";
  if (!notice || isEmpty || new Set(attributes).size !== attributes.length)
    throw refusal("MALFORMED_REQUEST", "A consent names a notice, and each attribute once.");
  const published = await findNotice(connection, notice.sha256);
  if (!published || !sameReference(published, notice))
    throw refusal("NOTICE_UNKNOWN", "The CA has not published this text under this name and version.");
  if (published.purpose !== kind)
    throw refusal(
      "NOTICE_NOT_FOR_THIS",
      `The notice is about ${published.purpose}, the consent about ${kind}.`,
    );
}

async function examineStanding(
  connection: Connection,
  { consentId, revision, act }: ConsentChange,
  { personId, partyId, linkId, kind }: ConsentSubject,
  now: Date,
): Promise<void> {
  const known = consentId === undefined ? undefined : await findConsent(connection, consentId);
  // A consent of somebody else is indistinguishable from not found.
  const isTheirs =
    known?.personId === personId &&
    known.partyId === partyId &&
    known.linkId === linkId &&
    known.kind === kind;
  if (!isTheirs || !isInForce(known, now))
    throw refusal("CONSENT_NOT_IN_FORCE", "No consent of this person with this id is in force here.");
  if (known.revision !== revision && act !== "withdraw")
    throw refusal("CONSENT_REVISION_PASSED", `The consent has revision ${known.revision} now.`);
}

/** The whole reference: a text must not be accepted under another's purpose or version. */
const sameReference = (a: NoticeReference, b: NoticeReference): boolean =>
  a.id === b.id && a.purpose === b.purpose && a.version === b.version && a.language === b.language;

const refusal = (code: ConstructorParameters<typeof Refusal>[0]["code"], detail: string): Refusal =>
  new Refusal({ code, detail });
