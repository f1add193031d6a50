import type { Pool } from "pg";
import { lockText } from "../../registry/advisory-locks.ts";
import { transaction } from "../../registry/database.ts";
import {
  addCardQuestion,
  type CardQuestion,
  isCardQuestionCounted,
  nthCardQuestionOfEnrolment,
  nthCardQuestionOfPerson,
} from "../../registry/recognition/card-questions.ts";

export const hourMs = 3_600_000;

/** The divisor of a person's hourly limit for one enrolment. */
const partOfOneEnrolment = 3;

/** The hourly limit of one enrolment, given `mostPerHour` for its person. */
export const mostOfEnrolment = (mostPerHour: number): number => Math.ceil(mostPerHour / partOfOneEnrolment);

/**
 * Counts a status request before it is made, for the enrolment and the person; for the card if the person is not known yet.
 * Concurrent callers are serialised, so that no more than the limit pass.
 * @returns the seconds to wait if the limit is reached (then nothing is counted); `undefined` if the request may be made. For
 *   the person's limit always an hour: an app must not learn when the person used other parties.
 */
export async function takeCardQuestion(
  pool: Pool,
  question: CardQuestion,
  mostPerHour: number,
): Promise<number | undefined> {
  const { id, reference, personId, now } = question;
  return transaction(pool, async (connection) => {
    await lockText(connection, "cardQuestions", personId ?? reference.toString("hex"));
    if (await isCardQuestionCounted(connection, id)) return undefined;
    const since = new Date(now.getTime() - hourMs);
    if (await nthCardQuestionOfPerson(connection, question, since, mostPerHour)) return hourMs / 1_000;
    // Another request is allowed once the oldest of the allowed number is an hour old.
    const oldest = await nthCardQuestionOfEnrolment(
      connection,
      question,
      since,
      mostOfEnrolment(mostPerHour),
    );
    if (oldest) return Math.ceil((oldest.getTime() + hourMs - now.getTime()) / 1_000);
    await addCardQuestion(connection, question, since);
    return undefined;
  });
}
