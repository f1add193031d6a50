import { createHash, randomInt, randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { CardProofDeps } from "../../domain/login/card-proof.ts";
import { takeCardQuestion } from "../../domain/recognition/card-questions.ts";
import { Refusal, tooManyCardQuestions } from "../../domain/refusal.ts";
import {
  type CardVisit,
  cardVisit,
  type OpenedVisit,
  type VisitAnswered,
  visitAnswer,
  visitAnswered,
  visitQuestion,
} from "../../protocol/page-visit.ts";
import { findPersonByCard } from "../../registry/attribute-record/persons.ts";
import { isStoppedSince, lockStopsOf } from "../../registry/certificate/stops.ts";
import { transaction } from "../../registry/database.ts";
import {
  approveVisit,
  failVisit,
  findVisit,
  lockVisit,
  type Visit,
} from "../../registry/person-page/visits.ts";
import { keyedHash } from "../../registry/sealing.ts";
import { malformed } from "../intake/open-envelope.ts";
import { proven } from "../limits/door.ts";
import type { ProvenLimits } from "../limits/proven-limits.ts";
import type { PersonPageDeps } from "../person-page/deps.ts";
import { h, sendPage } from "../person-page/html.ts";
import { textsIn } from "../person-page/texts.ts";
import { languageOf } from "../problems.ts";

export interface PageVisitDeps extends Pick<PersonPageDeps, "pool" | "sealer" | "clock"> {
  readCard: CardProofDeps["readCard"];
  /** A secret of all gateways together. */
  secret: Uint8Array;
  /** The origin of the CA's own page. */
  pageUrl: string;
  /** Questions to the cards' issuer for one person in an hour. */
  cardQuestionsPerHour: number;
  limits?: Pick<ProvenLimits, "visit">;
}

/** Cards that one visit takes before it is over. */
const mostFailures = 3;

/**
 * `POST /v1/page-visits/questions`: what a tap for the CA's own page is.
 * `POST /v1/page-visits/answers`: what the card signed for it.
 *
 * Anybody's device may ask, and is told nothing of the person. Who names a tap that waits is counted by it, and not by the
 * address: nobody else there keeps a person from the page. The card's status is asked last, when all else is in order;
 * whatever is wrong with the card is one refusal. The same answer again has the same outcome.
 */
export function pageVisitRoutes(server: FastifyInstance, deps: PageVisitDeps): void {
  // Opened where no app is: the link is an app's, and there is nothing to see here.
  server.get("/page/:id", (request, reply) => {
    const language = languageOf(request);
    const { openInApp: title, openInAppText } = textsIn(language);
    return sendPage(reply, { language, title, body: h`<p>${openInAppText}</p>` });
  });

  server.post("/v1/page-visits/questions", proven, async (request): Promise<OpenedVisit> => {
    const question = visitQuestion.safeParse(request.body);
    if (!question.success) throw malformed("The body names no tap for the page", question.error);
    const visit = await findVisit(deps.pool, question.data.visitId);
    requireOpen(visit, deps.clock());
    deps.limits?.visit(visit.id);
    return {
      visitId: visit.id,
      act: visit.act,
      shownSha256: visit.shownSha256,
      ...(question.data.via === "qr" ? { numbers: shuffled([visit.number, ...visit.decoys]) } : {}),
      expiresAt: visit.expiresAt.toISOString(),
    };
  });

  server.post("/v1/page-visits/answers", proven, async (request): Promise<VisitAnswered> => {
    const answer = visitAnswer.safeParse(request.body);
    if (!answer.success) throw malformed("The body is no answer to a tap for the page", answer.error);
    const { visitId, card } = answer.data;
    const cms = Buffer.from(card, "base64url");
    const digest = createHash("sha256").update(cms).digest("base64url");
    const visit = await findVisit(deps.pool, visitId);
    if (visit?.answerDigest === digest) return answered(deps, visit, digest);
    requireOpen(visit, deps.clock());
    deps.limits?.visit(visit.id);
    const { via, personId } = await prove(deps, visit, cms);
    const approved = await transaction(deps.pool, async (connection) => {
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
    });
    if (!approved) throw visitClosed();
    return answered(deps, approved, digest);
  });
}

function requireOpen(visit: Visit | undefined, now: Date): asserts visit is Visit {
  if (visit?.state !== "open" || visit.expiresAt <= now) throw visitClosed();
}

const visitClosed = () =>
  new Refusal({ code: "LOGIN_CLOSED", detail: "No tap for the page waits under this id." });

/** Whose card signed for this very visit. What can be checked alone is checked first; the issuer is asked last. */
async function prove(
  deps: PageVisitDeps,
  visit: Visit,
  cms: Uint8Array,
): Promise<{ personId: string; via: CardVisit["via"] }> {
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
  // Nobody's enrolment asks here: the tap itself has the part of one. The same answer sent again is asked about again.
  const question = { id: randomUUID(), enrolmentId: visit.id, reference, personId, now: deps.clock() };
  const wait = await takeCardQuestion(deps.pool, question, deps.cardQuestionsPerHour);
  if (wait !== undefined) throw tooManyCardQuestions(wait);
  const refusal = await card.refusal();
  if (refusal?.code === "TRY_AGAIN") throw new Refusal(refusal);
  if (refusal) throw await refused(deps, visit);
  return { personId, via: signed.via };
}

/** One refusal, whatever was wrong with the card: it says nothing of the card, nor of whose it is (公的個人認証法 §52). */
async function refused({ pool, clock }: PageVisitDeps, visit: Visit): Promise<Refusal> {
  await failVisit(pool, visit.id, mostFailures, clock());
  return new Refusal({
    code: "PAGE_CARD_REFUSED",
    detail: "The card did not sign for this, or is not accepted.",
  });
}

function answered(deps: PageVisitDeps, { id, via }: Visit, digest: string): VisitAnswered {
  const code = completionCode(deps, id, digest);
  return visitAnswered.parse({
    visitId: id,
    state: "approved",
    ...(via === "link" ? { returnTo: `${deps.pageUrl}/return?code=${code}` } : {}),
  });
}

/** Of one answer always the same, so that a phone that lost it is given it again. */
const completionCode = ({ secret }: PageVisitDeps, visitId: string, digest: string): string =>
  keyedHash(secret, "page-completion", visitId, digest).toString("base64url");

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** In an order that tells nothing. */
function shuffled(numbers: number[]): number[] {
  const left = [...numbers];
  return numbers.map(() => left.splice(randomInt(left.length), 1)[0]!);
}
