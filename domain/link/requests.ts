import { dayInJapan } from "../../protocol/japan.ts";
import { type LinkRequest, type LinkRequested, linkRequestMs } from "../../protocol/link.ts";
import { audit } from "../../registry/audit/lines.ts";
import type { Connection } from "../../registry/database.ts";
import { type Enrolment, lockEnrolment } from "../../registry/issuance/enrolments.ts";
import {
  addLinkRequest,
  closeRequest,
  findSameRequest,
  type LinkRequestRow,
  lockLinksOf,
  lockRequestOfSide,
  requestsSince,
} from "../../registry/link/requests.ts";
import { findParty } from "../../registry/party/parties.ts";
import { Refusal, untrusted } from "../refusal.ts";
import { registeredTerms } from "./registered-terms.ts";

/** The most requests by one party to one person within {@link linkRequestMs}. */
const mostRequests = 8;

/** The answer, and the party at which the person's phones are to be notified. */
export interface Answered {
  answer: LinkRequested;
  notify?: string;
}

/**
 * Decides on a message about a link request, in the caller's transaction: the receiving party's app opens and withdraws it; the
 * giving party's app declines it. A repeated message has the same answer.
 * @throws Refusal
 */
export async function decideLinkRequest(
  connection: Connection,
  of: { claims: LinkRequest; enrolment: Enrolment; digest: string; now: Date },
): Promise<Answered> {
  const { claims, enrolment } = of;
  await lockLinksOf(connection, enrolment.personId);
  if ((await lockEnrolment(connection, enrolment.id))?.state !== "active") throw untrusted();
  return claims.act === "ask" ? ask(connection, of) : close(connection, of);
}

async function ask(
  connection: Connection,
  of: { claims: LinkRequest; enrolment: Enrolment; digest: string; now: Date },
): Promise<Answered> {
  const { claims, enrolment, digest, now } = of;
  const { link: terms, requestId } = claims;
  const { personId, partyId } = enrolment;
  if (!terms || requestId !== undefined || terms.to !== partyId || terms.from === partyId)
    throw refusal(
      "MALFORMED_REQUEST",
      "Only the app of the party that would receive the data may request a link.",
    );
  if (!(await findParty(connection, terms.from)))
    throw refusal("UNKNOWN_PARTY", "The party that would give the data is not registered.");
  const registered = await registeredTerms(connection, terms);
  const asked = {
    personId,
    terms: registered,
    digest,
    askedBy: enrolment.id,
    createdAt: now,
    expiresAt: endOfDay(new Date(now.getTime() + linkRequestMs)),
  };
  const same = await findSameRequest(connection, asked);
  if (same) return { answer: answerOf(same, now) };
  const since = new Date(now.getTime() - linkRequestMs);
  if ((await requestsSince(connection, { personId, toPartyId: partyId, since })) >= mostRequests)
    throw refusal(
      "LINK_REQUESTS_TOO_MANY",
      `A party asks a person for ${mostRequests} links in 30 days at most.`,
    );
  const id = await addLinkRequest(connection, asked);
  await audit(connection, "link-asked-for", id, { by: enrolment.id });
  return { answer: { requestId: id, state: "open" }, notify: terms.from };
}

async function close(
  connection: Connection,
  { claims, enrolment, now }: { claims: LinkRequest; enrolment: Enrolment; now: Date },
): Promise<Answered> {
  const { requestId, link } = claims;
  if (requestId === undefined || link)
    throw refusal("MALFORMED_REQUEST", "A message that closes a request names the request, and no terms.");
  const side = { requestId, personId: enrolment.personId, partyId: enrolment.partyId };
  const found = await lockRequestOfSide(connection, side);
  if (!found) throw refusal("LINK_REQUEST_CLOSED", "This party has no request of this id.");
  const state = found.role === "gives" ? "declined" : "taken-back";
  if (found.state === state) return { answer: { requestId, state } };
  if (answerOf(found, now).state !== "open")
    throw refusal("LINK_REQUEST_CLOSED", "The request was answered, or has expired.");
  await closeRequest(connection, requestId, state, now);
  await audit(connection, `link-request-${state}`, requestId, { by: enrolment.id });
  const { from, to } = found.link;
  return { answer: { requestId, state }, notify: found.role === "gives" ? to : from };
}

const dayMs = 86_400_000;

/** Both parties see when a request ends and when it was made: neither time may be exact enough to match the person by. */
const endOfDay = (at: Date): Date => new Date(dayInJapan(at).getTime() + dayMs);

/** A request as reported to a party: one past its time is reported as expired. */
export const answerOf = ({ requestId, state, expiresAt }: LinkRequestRow, now: Date): LinkRequested => ({
  requestId,
  state: state === "open" && expiresAt <= now ? "expired" : state,
});

const refusal = (code: ConstructorParameters<typeof Refusal>[0]["code"], detail: string): Refusal =>
  new Refusal({ code, detail });
