import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import type { NotificationClient } from "../../client/engine/notification.ts";
import { Refusal } from "../../domain/refusal.ts";
import { type Answered, answer, answered } from "../../protocol/notification.ts";
import { phoneMessage } from "../../protocol/phone-message.ts";
import type { RefusalCode } from "../../protocol/refusals.ts";
import {
  type DecidedAnswer,
  findAnswer,
  readAnswer,
  storeAnswer,
} from "../../registry/notification/answers.ts";
import { findNotification } from "../../registry/notification/notifications.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { type PhoneMessageDeps, readPhoneMessage } from "../intake/phone-message.ts";
import { proven } from "../limits/door.ts";
import { operation } from "../openapi/described.ts";

export interface AnswersDeps extends PhoneMessageDeps {
  pool: Pool;
  sealer: Sealer;
  notification: Pick<NotificationClient, "answer">;
  /** How long a phone waits for an answer before it must try again, milliseconds. */
  answerMs: number;
}

/**
 * `POST /v1/answers`: the person confirms or declines. The answer is stored, then its workflow decides on it. The same message
 * again has the same outcome; another answer after a decided one is NOTIFICATION_CLOSED.
 */
export function answersRoute(server: FastifyInstance, deps: AnswersDeps): void {
  server.post(
    "/v1/answers",
    { ...proven, ...operation("Confirm or decline the change that was shown", phoneMessage, answered) },
    async (request): Promise<Answered> => {
      const { claims, enrolment, jws, digest } = await readPhoneMessage(deps, request.body, answer);
      const { notificationId, decision, shownSha256 } = claims;
      const row = await findNotification(deps.pool, notificationId);
      // A notification of somebody else is indistinguishable from not found.
      if (row?.personId !== enrolment.personId || row.partyId !== enrolment.partyId) throw closed();

      const earlier = await findAnswer(deps.pool, notificationId, digest);
      if (earlier?.outcome) return answeredWith(notificationId, earlier.outcome);
      if (!earlier && row.state !== "open") throw closed();
      const stored = await storeAnswer(deps.pool, deps.sealer, {
        notificationId,
        enrolmentId: enrolment.id,
        decision,
        shownSha256,
        jws,
        digest,
      });
      const { consentId, version } = row;
      const outcome = await deps.notification.answer(
        { consentId, version, notificationId, answerId: stored.id },
        deps.answerMs,
      );
      if (outcome.kind === "refused") throw new Refusal(outcome);
      if (outcome.kind === "confirmed" || outcome.kind === "declined")
        return answeredWith(notificationId, outcome.kind);
      const decided = (await readAnswer(deps.pool, stored.id))?.outcome;
      if (decided) return answeredWith(notificationId, decided);
      if (outcome.kind === "over" && (await findNotification(deps.pool, notificationId))?.state !== "open")
        throw closed();
      throw new Refusal({
        code: "TRY_AGAIN",
        detail: "The answer is stored; its outcome is not known yet.",
      });
    },
  );
}

function answeredWith(notificationId: string, outcome: DecidedAnswer): Answered {
  if (outcome === "confirmed" || outcome === "declined") return { notificationId, state: outcome };
  throw refusal(outcome, "This answer was refused before.");
}

const refusal = (code: RefusalCode, detail: string) => new Refusal({ code, detail });
const closed = () =>
  refusal("NOTIFICATION_CLOSED", "This person has no open notification of this id at this party.");
