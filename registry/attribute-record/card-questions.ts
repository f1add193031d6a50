import type { Pool } from "pg";
import { lockText } from "../advisory-locks.ts";
import { type Connection, first, transaction } from "../database.ts";

/** A question to J-LIS about one card, which is paid and tells of the card: who asks, of whose. */
export interface CardQuestion {
  /**
   * The same again is one question, and not counted twice: only for who asks once, whatever is sent. That of a tap that
   * enrols has the id of the enrolment that it is to be; every other question has an id of its own.
   */
  id: string;
  enrolmentId: string;
  /** Keyed hash by which the card is known (`persons.ts`). */
  reference: Buffer;
  /** Whose card it is, where that is known. */
  personId: string | undefined;
  now: Date;
}

export const hourMs = 3_600_000;

/** Of what a person may ask in an hour, the part that one enrolment may. */
const partOfOneEnrolment = 3;

/** Questions of one enrolment in an hour, of `mostPerHour` for its person. */
export const mostOfEnrolment = (mostPerHour: number): number => Math.ceil(mostPerHour / partOfOneEnrolment);

/**
 * Counts a question before it is asked, for the enrolment and for the person; for the card where the person is not known
 * yet. Whoever asks at once waits for one another, so that no more than the limit get through.
 * @returns the seconds to wait where the limit is reached, and nothing is counted; `undefined` where it may be asked
 */
export async function takeCardQuestion(
  pool: Pool,
  question: CardQuestion,
  mostPerHour: number,
): Promise<number | undefined> {
  const { id, enrolmentId, reference, personId, now } = question;
  return transaction(pool, async (connection) => {
    await lockText(connection, "cardQuestions", personId ?? reference.toString("hex"));
    const { rowCount } = await connection.query({
      name: "find-card-question",
      text: "select 1 from card_questions where id = $1",
      values: [id],
    });
    if (rowCount === 1) return undefined;
    const since = new Date(now.getTime() - hourMs);
    const full = [
      await askedNth(
        connection,
        "of-enrolment",
        [enrolmentId, null, null],
        since,
        mostOfEnrolment(mostPerHour),
      ),
      await askedNth(connection, "of-person", [null, reference, personId], since, mostPerHour),
    ].filter((at) => at !== undefined);
    if (full.length > 0)
      return Math.ceil((Math.max(...full.map((at) => at.getTime())) + hourMs - now.getTime()) / 1_000);
    await connection.query({
      name: "add-card-question",
      text: `with ended as (delete from card_questions where asked_at < $6)
             insert into card_questions (id, enrolment_id, reference, person_id, asked_at) values ($1, $2, $3, $4, $5)`,
      values: [id, enrolmentId, reference, personId ?? null, now, since],
    });
    return undefined;
  });
}

/** When the `nth` newest question since a moment was asked: once it is an hour old there is room for one more. */
async function askedNth(
  connection: Connection,
  name: string,
  [enrolmentId, reference, personId]: [string | null, Buffer | null, string | null | undefined],
  since: Date,
  nth: number,
): Promise<Date | undefined> {
  const row = first(
    await connection.query<{ at: Date }>({
      name: `card-questions-${name}`,
      text: `select asked_at as at from card_questions
             where (enrolment_id = $1 or reference = $2 or person_id = $3) and asked_at > $4
             order by asked_at desc offset $5 limit 1`,
      values: [enrolmentId, reference, personId ?? null, since, nth - 1],
    }),
  );
  return row?.at;
}
