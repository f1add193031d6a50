import { type Connection, first } from "../database.ts";

/** A status request to J-LIS for one card, which is charged and reveals the card's status: the requester and the card. */
export interface CardQuestion {
  /**
   * A repeated id is one request, counted once: only if the caller asks at most once under it. A tap that enrols uses the id of
   * its future enrolment; any other request has its own id.
   */
  id: string;
  enrolmentId: string;
  /** The keyed hash of the card (`persons.ts`). */
  reference: Buffer;
  /** The card's person, if known. */
  personId: string | undefined;
  now: Date;
}

/** Whether this request is already counted. */
export async function isCardQuestionCounted(connection: Connection, id: string): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: "find-card-question",
    text: "select 1 from card_questions where id = $1",
    values: [id],
  });
  return rowCount === 1;
}

/** Counts a request, and deletes those from before `since`. */
export async function addCardQuestion(
  connection: Connection,
  { id, enrolmentId, reference, personId, now }: CardQuestion,
  since: Date,
): Promise<void> {
  await connection.query({
    name: "add-card-question",
    text: `with ended as (delete from card_questions where asked_at < $6)
           insert into card_questions (id, enrolment_id, reference, person_id, asked_at) values ($1, $2, $3, $4, $5)`,
    values: [id, enrolmentId, reference, personId ?? null, now, since],
  });
}

/** When the `nth` newest request of an enrolment since a given time was made. */
export async function nthCardQuestionOfEnrolment(
  connection: Connection,
  { enrolmentId }: Pick<CardQuestion, "enrolmentId">,
  since: Date,
  nth: number,
): Promise<Date | undefined> {
  return first(
    await connection.query<{ at: Date }>({
      name: "card-questions-of-enrolment",
      text: `select asked_at as at from card_questions where enrolment_id = $1 and asked_at > $2
             order by asked_at desc offset $3 limit 1`,
      values: [enrolmentId, since, nth - 1],
    }),
  )?.at;
}

/** The same for a person, or for a card whose person is not known. */
export async function nthCardQuestionOfPerson(
  connection: Connection,
  { reference, personId }: Pick<CardQuestion, "reference" | "personId">,
  since: Date,
  nth: number,
): Promise<Date | undefined> {
  return first(
    await connection.query<{ at: Date }>({
      name: "card-questions-of-person",
      text: `select asked_at as at from card_questions where (reference = $1 or person_id = $2) and asked_at > $3
             order by asked_at desc offset $4 limit 1`,
      values: [reference, personId ?? null, since, nth - 1],
    }),
  )?.at;
}
