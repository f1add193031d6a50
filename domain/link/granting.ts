import type { ConsentChange } from "../../protocol/consent.ts";
import { findConsent } from "../../registry/consent/consents.ts";
import type { Connection } from "../../registry/database.ts";
import type { Enrolment } from "../../registry/issuance/enrolments.ts";
import { addLink, findLink, isLinked } from "../../registry/link/links.ts";
import { grantRequestsOf, lockLinksOf } from "../../registry/link/requests.ts";
import { findParty } from "../../registry/party/parties.ts";
import { Refusal } from "../refusal.ts";
import { registeredTerms } from "./registered-terms.ts";

/**
 * The link that a change is about: a new one for a grant; otherwise that of the named consent, if the phone is enrolled at
 * either party. Granted, renewed and amended at the party that gives the data; withdrawn at either.
 * @throws Refusal LINK_NOT_POSSIBLE, CONSENT_REVISION_PASSED, CONSENT_NOT_IN_FORCE, MALFORMED_REQUEST
 */
export async function linkOf(
  connection: Connection,
  { act, link: terms, consentId }: ConsentChange,
  { personId, partyId }: Enrolment,
  now: Date,
): Promise<string> {
  if (act !== "grant") return standing(connection, consentId, { personId, partyId }, act);
  if (!terms || terms.from === terms.to || (terms.from !== partyId && terms.to !== partyId))
    throw refusal("MALFORMED_REQUEST", "A link is between this phone's party and another one.");
  if (terms.from !== partyId) throw notTheGiver();
  // Of two concurrent grants the second waits here, and sees the first.
  await lockLinksOf(connection, personId);
  // This party must not learn whether the person is known at the other one: a link to a party where they are not is granted and
  // waits.
  if (!(await findParty(connection, terms.to)))
    throw refusal("LINK_NOT_POSSIBLE", "The party that would receive the data is not registered.");
  const registered = await registeredTerms(connection, terms);
  if (await isLinked(connection, personId, registered, now))
    throw refusal("CONSENT_REVISION_PASSED", "A link with these terms exists already.");
  const linkId = await addLink(connection, personId, registered, now);
  // From here on the request cannot be declined or withdrawn; if the change is refused, its workflow opens the request again.
  await grantRequestsOf(connection, linkId, now);
  return linkId;
}

async function standing(
  connection: Connection,
  consentId: string | undefined,
  { personId, partyId }: Pick<Enrolment, "personId" | "partyId">,
  act: Exclude<ConsentChange["act"], "grant">,
): Promise<string> {
  const consent = consentId === undefined ? undefined : await findConsent(connection, consentId);
  const link = consent?.linkId ? await findLink(connection, consent.linkId) : undefined;
  const isTheirs =
    link?.personId === personId && (link.fromPartyId === partyId || link.toPartyId === partyId);
  if (!isTheirs)
    throw refusal("CONSENT_NOT_IN_FORCE", "No consent of this person with this id is in force here.");
  if (act !== "withdraw" && link.fromPartyId !== partyId) throw notTheGiver();
  return link.id;
}

const notTheGiver = (): Refusal =>
  refusal(
    "LINK_NOT_POSSIBLE",
    "The app of the party that receives the data may ask for the link (POST /v1/link-requests), and withdraw it.",
  );

const refusal = (code: ConstructorParameters<typeof Refusal>[0]["code"], detail: string): Refusal =>
  new Refusal({ code, detail });
