import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { Language } from "../../protocol/names.ts";
import { audit } from "../../registry/audit/lines.ts";
import { addConsentChange } from "../../registry/consent/changes.ts";
import type { Connection } from "../../registry/database.ts";
import { activeEnrolments } from "../../registry/issuance/enrolments.ts";
import { addLink, isLinked } from "../../registry/link/links.ts";
import {
  closeRequest,
  grantRequestsOf,
  lockLinksOf,
  lockRequestById,
  type OpenRequest,
} from "../../registry/link/requests.ts";
import { findNotice, type Notice, publishedNotices } from "../../registry/party/parties.ts";
import { readVisitShown, type Visit } from "../../registry/person-page/visits.ts";
import type { Sealer } from "../../registry/sealing.ts";
import type { StoredChange } from "../consent/withdrawing.ts";
import { takeVisit } from "../person-page/visiting.ts";
import { Refusal } from "../refusal.ts";
import { registeredTerms } from "./registered-terms.ts";

/** A request that a person sees on the person page. */
interface OwnRequest {
  id: string;
  personId: string;
}

/**
 * Declines a link request, in the caller's transaction.
 * @throws Refusal LINK_REQUEST_CLOSED
 */
export async function declineOnPage(connection: Connection, asked: OwnRequest, now: Date): Promise<void> {
  const { givingId } = await lockOpenRequest(connection, asked, now);
  await closeRequest(connection, givingId, "declined", now);
  await audit(connection, "link-request-declined", givingId, { by: "page" });
}

/**
 * What the card is to agree to: the terms of a requested link, and the notice shown with them, in the requested language if
 * available. In the caller's transaction.
 * @throws Refusal LINK_REQUEST_CLOSED, LINK_NOT_POSSIBLE
 */
export async function termsAsked(
  connection: Connection,
  asked: OwnRequest,
  language: Language,
  now: Date,
): Promise<{ request: OpenRequest; notice: Notice }> {
  const request = await lockOpenRequest(connection, asked, now);
  await registeredTerms(connection, request.terms);
  const texts = (await publishedNotices(connection)).filter(({ purpose }) => purpose === "link");
  const newest = texts.find((each) => each.language === language) ?? texts[0];
  const notice = newest && (await findNotice(connection, newest.sha256));
  if (!notice) throw new Error("The CA has published no text about links; migrate and seed the notices.");
  return { request, notice };
}

async function lockOpenRequest(connection: Connection, asked: OwnRequest, now: Date): Promise<OpenRequest> {
  await lockLinksOf(connection, asked.personId);
  const request = await lockRequestById(connection, { ...asked, now });
  if (request) return request;
  throw new Refusal({ code: "LINK_REQUEST_CLOSED", detail: "No request of this id waits for the person." });
}

/** The text of a tap that agrees to a link. */
const agreed = z.object({ about: z.object({ noticeSha256: z.string() }) });

/**
 * Consumes an approved visit and grants the link that it agreed to, atomically, in the caller's transaction. The evidence is
 * what the card signed. The request is locked from its check until it is closed as granted, so that it cannot be declined or
 * withdrawn in between.
 * @returns `undefined` if the visit was consumed before, or has expired
 * @throws Refusal LINK_REQUEST_CLOSED, LINK_NOT_POSSIBLE, CONSENT_REVISION_PASSED
 */
export async function grantByCard(
  connection: Connection,
  { sealer, clock }: { sealer: Sealer; clock: () => Date },
  personId: string,
  visit: Visit,
): Promise<StoredChange | undefined> {
  const now = clock();
  if (!(await takeVisit(connection, visit.id, now))) return undefined;
  const shown = await readVisitShown(connection, sealer, visit.id);
  const { noticeSha256 } = agreed.parse(JSON.parse(shown)).about;
  if (visit.requestId === null)
    throw new Error("A tap for a link names no request; the registry is damaged.");
  const { terms } = await lockOpenRequest(connection, { id: visit.requestId, personId }, now);
  const known = [terms.from, terms.to].map((partyId) => activeEnrolments(connection, personId, partyId));
  if ((await Promise.all(known)).some((enrolments) => enrolments.length === 0))
    throw new Refusal({
      code: "LINK_NOT_POSSIBLE",
      detail: "The person is not enrolled at both parties now.",
    });
  const registered = await registeredTerms(connection, terms);
  if (await isLinked(connection, personId, registered, now))
    throw new Refusal({
      code: "CONSENT_REVISION_PASSED",
      detail: "A link with these terms exists already.",
    });
  const linkId = await addLink(connection, personId, registered, now);
  await grantRequestsOf(connection, linkId, now);
  const consentId = randomUUID();
  const changeId = await addConsentChange(
    connection,
    {
      consentId,
      personId,
      kind: "link",
      partyId: null,
      linkId,
      act: "grant",
      attributes: [],
      noticeSha256,
      source: "card",
      digest: visit.answerDigest ?? "",
      receivedAt: visit.answeredAt ?? now,
    },
    { sealer, signed: shown },
  );
  await audit(connection, "page-link-granted", consentId, { visit: visit.id });
  return { consentId, changeId };
}
