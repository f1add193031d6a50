import { createHash, randomUUID } from "node:crypto";
import { type CardVisit, cardVisit, type VisitAnswered, visitAnswered } from "../../protocol/page-visit.ts";
import { isStoppedSince, lockStopsOf } from "../../registry/certificate/stops.ts";
import type { Connection } from "../../registry/database.ts";
import { approveVisit, failVisit, lockVisit, type Visit } from "../../registry/person-page/visits.ts";
import { findPersonByCard } from "../../registry/recognition/persons.ts";
import { keyedHash, type Sealer } from "../../registry/sealing.ts";
import type { CardProofDeps } from "../login/card-proof.ts";
import { takeCardQuestion } from "../recognition/card-questions.ts";
import { Refusal, tooManyCardQuestions } from "../refusal.ts";

export interface AnswerVisitDeps extends CardProofDeps {
  sealer: Sealer;
  /** A secret shared by all gateways. */
  secret: Uint8Array;
  /** The origin of the person page. */
  pageUrl: string;
}

/** Whose card signed for a visit, and how the phone reached it. */
export interface CardHolder {
  personId: string;
  via: CardVisit["via"];
}

/** Failed cards after which a visit ends. */
const mostFailures = 3;

/** Whether a visit still accepts a card. @throws Refusal LOGIN_CLOSED */
export function requireOpen(visit: Visit | undefined, now: Date): asserts visit is Visit {
  if (visit?.state !== "open" || visit.expiresAt <= now) throw closed();
}

const closed = () => new Refusal({ code: "LOGIN_CLOSED", detail: "No visit of this id waits for a tap." });

/**
 * Whose card signed for this very visit. What needs no network is checked first; the card's status is asked last, when
 * everything else is in order, and every fault of the card gives one refusal.
 * @throws Refusal PAGE_CARD_REFUSED, LOGIN_NUMBER_WRONG, TOO_MANY_REQUESTS, TRY_AGAIN
 */
export async function holderOfCard(
  deps: AnswerVisitDeps,
  visit: Visit,
  cms: Uint8Array,
): Promise<CardHolder> {
  const card = await deps.readCard(cms);
  const signed = card.ok ? cardVisit.safeParse(parse(card.content)).data : undefined;
  const isForThis =
    signed?.visitId === visit.id && signed.act === visit.act && signed.shownSha256 === visit.shownSha256;
  if (!card.ok || !isForThis) throw await refused(deps, visit);
  if (signed.via === "qr" && signed.number !== visit.number) {
    await failVisit(deps.pool, visit.id, 1, deps.clock());
    throw new Refusal({
      code: "LOGIN_NUMBER_WRONG",
      detail: "The number was not the one on the other screen.",
    });
  }
  const personId = await findPersonByCard(deps.pool, card.reference);
  if (personId === undefined) throw await refused(deps, visit);
  if (visit.askedPersonId !== null && visit.askedPersonId !== personId) throw await refused(deps, visit);
  const { reference } = card;
  // Counted under the visit's id, because no enrolment is involved. A repeated answer is asked about again.
  const question = { id: randomUUID(), enrolmentId: visit.id, reference, personId, now: deps.clock() };
  const wait = await takeCardQuestion(deps.pool, question, deps.cardQuestionsPerHour);
  if (wait !== undefined) throw tooManyCardQuestions(wait);
  const refusal = await card.refusal();
  if (refusal?.code === "TRY_AGAIN") throw new Refusal(refusal);
  if (refusal) throw await refused(deps, visit);
  return { personId, via: signed.via };
}

/** One refusal for every fault: it reveals nothing of the card or its holder (公的個人認証法 §52). */
async function refused({ pool, clock }: AnswerVisitDeps, visit: Visit): Promise<Refusal> {
  await failVisit(pool, visit.id, mostFailures, clock());
  return new Refusal({
    code: "PAGE_CARD_REFUSED",
    detail: "The card did not sign for this, or is not accepted.",
  });
}

/**
 * Approves a visit by its holder's card, in the caller's transaction. A visit begun before the person stopped all their phones
 * is over.
 * @returns the visit as it is now; `undefined` if it has ended, which is stored
 * @throws Refusal LOGIN_CLOSED
 */
export async function approveByCard(
  connection: Connection,
  deps: AnswerVisitDeps,
  { visitId, cms, digest, holder }: { visitId: string; cms: Uint8Array; digest: string; holder: CardHolder },
): Promise<Visit | undefined> {
  const { personId, via } = holder;
  await lockStopsOf(connection, personId);
  const held = await lockVisit(connection, visitId);
  if (held?.answerDigest === digest) return held;
  requireOpen(held, deps.clock());
  if (await isStoppedSince(connection, { personId, since: held.createdAt })) {
    await failVisit(connection, visitId, 1, deps.clock());
    return undefined;
  }
  const code = completionCode(deps, visitId, digest);
  const completionSha256 = via === "link" ? createHash("sha256").update(code).digest() : null;
  const answeredAt = deps.clock();
  const decided = { id: visitId, via, personId, cms, answerDigest: digest, completionSha256, answeredAt };
  await approveVisit(connection, deps.sealer, decided);
  return { ...held, via };
}

/** What the phone receives of a visit that it approved: the same for every request. @throws Refusal LOGIN_CLOSED */
export function answered(
  deps: Pick<AnswerVisitDeps, "secret" | "pageUrl">,
  visit: Visit | undefined,
  digest: string,
): VisitAnswered {
  if (!visit) throw closed();
  const code = completionCode(deps, visit.id, digest);
  return visitAnswered.parse({
    visitId: visit.id,
    state: "approved",
    ...(visit.via === "link" ? { returnTo: `${deps.pageUrl}/return?code=${code}` } : {}),
  });
}

/** The same for the same answer, so that a phone that lost the response receives it again. */
const completionCode = (
  { secret }: Pick<AnswerVisitDeps, "secret">,
  visitId: string,
  digest: string,
): string => keyedHash(secret, "page-completion", visitId, digest).toString("base64url");

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
