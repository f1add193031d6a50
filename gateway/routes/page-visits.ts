import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { numbersToChoose } from "../../domain/login/numbers.ts";
import {
  type AnswerVisitDeps,
  answered,
  approveByCard,
  holderOfCard,
  requireOpen,
} from "../../domain/person-page/answering.ts";
import { malformed } from "../../domain/refusal.ts";
import {
  type OpenedVisit,
  openedVisit,
  type VisitAnswered,
  visitAnswer,
  visitAnswered,
  visitQuestion,
} from "../../protocol/page-visit.ts";
import { transaction } from "../../registry/database.ts";
import { findVisit } from "../../registry/person-page/visits.ts";
import { proven } from "../limits/door.ts";
import type { ProvenLimits } from "../limits/proven-limits.ts";
import { operation } from "../openapi/described.ts";
import { h, sendPage } from "../person-page/html.ts";
import { textsIn } from "../person-page/texts.ts";
import { languageOf } from "../problems.ts";

export interface PageVisitDeps extends AnswerVisitDeps {
  limits?: Pick<ProvenLimits, "visit">;
}

/**
 * `POST /v1/page-visits/questions`: the content of a tap for the person page.
 * `POST /v1/page-visits/answers`: what the card signed for it.
 *
 * Any device may ask, and receives nothing about the person. Requests for an open tap are rate-limited by tap and not by
 * address, so that nobody else at the address can keep a person from the page. The same answer again has the same outcome.
 */
export function pageVisitRoutes(server: FastifyInstance, deps: PageVisitDeps): void {
  // For a device without an app: the link belongs to an app, and there is nothing to see here.
  server.get("/page/:id", (request, reply) => {
    const language = languageOf(request);
    const { openInApp: title, openInAppText } = textsIn(language);
    return sendPage(reply, { language, title, body: h`<p>${openInAppText}</p>` });
  });

  server.post(
    "/v1/page-visits/questions",
    {
      ...proven,
      ...operation(
        "The content of a tap for the person page, without any content of the page",
        visitQuestion,
        openedVisit,
      ),
    },
    async (request): Promise<OpenedVisit> => {
      const question = visitQuestion.safeParse(request.body);
      if (!question.success)
        throw malformed("The body does not name a tap for the person page", question.error);
      const visit = await findVisit(deps.pool, question.data.visitId);
      requireOpen(visit, deps.clock());
      deps.limits?.visit(visit.id);
      return {
        visitId: visit.id,
        act: visit.act,
        shownSha256: visit.shownSha256,
        ...(question.data.via === "qr" ? { numbers: numbersToChoose(visit) } : {}),
        expiresAt: visit.expiresAt.toISOString(),
      };
    },
  );

  server.post(
    "/v1/page-visits/answers",
    { ...proven, ...operation("Send what the card signed for the person page", visitAnswer, visitAnswered) },
    async (request): Promise<VisitAnswered> => {
      const answer = visitAnswer.safeParse(request.body);
      if (!answer.success)
        throw malformed("The body is not an answer to a tap for the person page", answer.error);
      const { visitId, card } = answer.data;
      const cms = Buffer.from(card, "base64url");
      const digest = createHash("sha256").update(cms).digest("base64url");
      const visit = await findVisit(deps.pool, visitId);
      if (visit?.answerDigest === digest) return answered(deps, visit, digest);
      requireOpen(visit, deps.clock());
      deps.limits?.visit(visit.id);
      const holder = await holderOfCard(deps, visit, cms);
      const approved = await transaction(deps.pool, (connection) =>
        approveByCard(connection, deps, { visitId, cms, digest, holder }),
      );
      return answered(deps, approved, digest);
    },
  );
}
