import { createHash } from "node:crypto";
import * as z from "zod";
import { stopPhones } from "../../domain/certificate/stopping.ts";
import { registeredTerms } from "../../domain/link/registered-terms.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { Language } from "../../protocol/names.ts";
import { audit } from "../../registry/audit/lines.ts";
import { addConsentChange, findChangeOfConsent } from "../../registry/consent/changes.ts";
import { findConsent, lockSubject } from "../../registry/consent/consents.ts";
import { type Connection, transaction } from "../../registry/database.ts";
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
import { askErasure, takeBackErasure } from "../../registry/person-page/erasure.ts";
import { finishVisit, readVisitShown, type Visit } from "../../registry/person-page/visits.ts";
import { signalCertificates } from "../signal-certificates.ts";
import type { PersonPageDeps } from "./deps.ts";
import type { OpenedPage } from "./session.ts";

/** `pending`: stored, and taking effect in a moment. */
export type Done = "done" | "pending";

const uuid = (value: unknown): string => {
  const id = z.uuid().safeParse(value);
  if (!id.success)
    throw new Refusal({ code: "MALFORMED_REQUEST", detail: "The form names nothing of this page." });
  return id.data;
};

/** What was pressed on the page, and under which tap of the card: kept as the proof of the act. */
function proofOf(
  { visitId, personId }: OpenedPage,
  act: string,
  about: string,
): { proof: string; digest: string } {
  const proof = JSON.stringify({ page: visitId, person: personId, act, about });
  return { proof, digest: createHash("sha256").update(proof).digest("base64url") };
}

/** Stops one phone of the person, or all of them; with all of them every other page of theirs is closed. */
export async function stop(deps: PersonPageDeps, page: OpenedPage, enrolment?: unknown): Promise<Done> {
  const { personId, visitId: pageVisitId } = page;
  const enrolmentId = enrolment === undefined ? undefined : uuid(enrolment);
  const about = enrolmentId ?? `everything ${deps.clock().toISOString()}`;
  const revoked = await transaction(deps.pool, (connection) =>
    stopPhones(connection, deps.sealer, {
      personId,
      pageVisitId,
      by: "person",
      ...proofOf(page, "stop", about),
      ...(enrolmentId === undefined ? {} : { enrolmentId }),
    }),
  );
  await signalCertificates(deps, revoked);
  return "done";
}

/** Withdraws a consent of the person, whatever party it is about. */
export async function withdraw(deps: PersonPageDeps, page: OpenedPage, named: unknown): Promise<Done> {
  const consentId = uuid(named);
  const { proof, digest } = proofOf(page, "withdraw", consentId);
  const changeId = await transaction(deps.pool, async (connection) => {
    const consent = await findConsent(connection, consentId);
    if (consent?.personId !== page.personId)
      throw new Refusal({ code: "CONSENT_NOT_IN_FORCE", detail: "The person has no consent of this id." });
    const { personId, kind, partyId, linkId, attributes } = consent;
    await lockSubject(connection, consent);
    const earlier = await findChangeOfConsent(connection, consentId, digest);
    if (earlier) return earlier.id;
    const change = { consentId, personId, kind, partyId, linkId, attributes, digest };
    return addConsentChange(
      connection,
      { ...change, act: "withdraw", source: "card", receivedAt: deps.clock() },
      { sealer: deps.sealer, signed: proof },
    );
  });
  return settled(deps, consentId, changeId);
}

async function settled(deps: PersonPageDeps, consentId: string, changeId: string): Promise<Done> {
  const outcome = await deps.consent.change({ consentId, changeId }, deps.settings.answerMs);
  if (outcome.kind === "refused") throw new Refusal(outcome);
  return outcome.kind === "applied" ? "done" : "pending";
}

/** Declines a link that a party asks for. */
export async function decline(deps: PersonPageDeps, page: OpenedPage, named: unknown): Promise<Done> {
  const id = uuid(named);
  await transaction(deps.pool, async (connection) => {
    const request = await openRequest(connection, deps, { id, personId: page.personId });
    await closeRequest(connection, request.givingId, "declined", deps.clock());
    await audit(connection, "link-request-declined", request.givingId, { by: "page" });
  });
  return "done";
}

/** What the card is to agree to: the terms of a link that is asked for, and the text that is shown with them. */
export async function termsAsked(
  deps: Pick<PersonPageDeps, "pool" | "clock">,
  { personId, named, language }: { personId: string; named: unknown; language: Language },
): Promise<{ request: OpenRequest; notice: Notice }> {
  const id = uuid(named);
  return transaction(deps.pool, async (connection) => {
    const request = await openRequest(connection, deps, { id, personId });
    await registeredTerms(connection, request.terms);
    const texts = (await publishedNotices(connection)).filter(({ purpose }) => purpose === "link");
    const newest = texts.find((each) => each.language === language) ?? texts[0];
    const notice = newest && (await findNotice(connection, newest.sha256));
    if (!notice) throw new Error("The CA has published no text about links; migrate and seed the notices.");
    return { request, notice };
  });
}

async function openRequest(
  connection: Connection,
  { clock }: Pick<PersonPageDeps, "clock">,
  { id, personId }: { id: string; personId: string },
): Promise<OpenRequest> {
  await lockLinksOf(connection, personId);
  const request = await lockRequestById(connection, { id, personId, now: clock() });
  if (!request)
    throw new Refusal({ code: "LINK_REQUEST_CLOSED", detail: "No request of this id waits for the person." });
  return request;
}

/** What stands in the text of a tap that agrees to a link. */
const agreed = z.object({ about: z.object({ noticeSha256: z.string() }) });

/**
 * Takes an approved visit and grants the link that it agreed to: both, or neither. The evidence is what the card signed. The
 * request is held from the look at it until it is closed as granted, so that nobody declines it or takes it back between.
 * @returns `undefined` where the visit was taken before, or is over
 */
export async function grant(deps: PersonPageDeps, page: OpenedPage, visit: Visit): Promise<Done | undefined> {
  const { personId } = page;
  const shown = await readVisitShown(deps.pool, deps.sealer, visit.id);
  const { noticeSha256 } = agreed.parse(JSON.parse(shown)).about;
  const granted = await transaction(deps.pool, async (connection) => {
    const now = deps.clock();
    if (!(await finishVisit(connection, visit.id, now))) return undefined;
    const { terms } = await openRequest(connection, deps, { id: uuid(visit.requestId), personId });
    const known = [terms.from, terms.to].map((partyId) => activeEnrolments(connection, personId, partyId));
    if ((await Promise.all(known)).some((enrolments) => enrolments.length === 0))
      throw new Refusal({
        code: "LINK_NOT_POSSIBLE",
        detail: "The person is not enrolled at both parties now.",
      });
    const registered = await registeredTerms(connection, terms);
    if (await isLinked(connection, personId, registered))
      throw new Refusal({
        code: "CONSENT_REVISION_PASSED",
        detail: "A link of these terms is there already.",
      });
    const linkId = await addLink(connection, personId, registered, now);
    await grantRequestsOf(connection, linkId, now);
    const grantedId = crypto.randomUUID();
    const changed = await addConsentChange(
      connection,
      {
        consentId: grantedId,
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
      { sealer: deps.sealer, signed: shown },
    );
    await audit(connection, "page-link-granted", grantedId, { visit: visit.id });
    return { consentId: grantedId, changeId: changed };
  });
  return granted && settled(deps, granted.consentId, granted.changeId);
}

/** Notes that the person asks to be erased, or takes it back. */
export async function erasure(deps: PersonPageDeps, page: OpenedPage, asks: boolean): Promise<Done> {
  const { personId, visitId } = page;
  const now = deps.clock();
  await transaction(deps.pool, async (connection) => {
    const asked = asks ? await askErasure(connection, { personId, visitId, now }) : undefined;
    if (asked !== undefined) await audit(connection, "erasure-asked", asked, { personId });
    for (const id of asks ? [] : await takeBackErasure(connection, { personId, now }))
      await audit(connection, "erasure-taken-back", id, { personId });
  });
  return "done";
}
