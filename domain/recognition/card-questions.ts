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

/** Of what a person may ask in an hour, the part that one enrolment may. */
const partOfOneEnrolment = 3;

/** Questions of one enrolment in an hour, of `mostPerHour` for its person. */
export const mostOfEnrolment = (mostPerHour: number): number => Math.ceil(mostPerHour / partOfOneEnrolment);

/**
 * Counts a question before it is asked, for the enrolment and for the person; for the card where the person is not known
 * yet. Whoever asks at once waits for one another, so that no more than the limit get through.
 * @returns the seconds to wait where the limit is reached, and nothing is counted; `undefined` where it may be asked. Where it
 *   is the person's, an hour: the moments of what they asked at other parties are nobody's here.
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
    // Once the oldest of as many as are allowed is an hour old there is room for one more.
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
