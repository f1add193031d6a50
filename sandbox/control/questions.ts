import type { Gateway } from "../../client/app/gateway.ts";
import { ifItLives } from "../persons/living.ts";
import type { Enrolment } from "../persons/phone.ts";
import type { KindOfQuestion, Question } from "../persons/question.ts";
import { changes } from "./questions/change.ts";
import { logins } from "./questions/login.ts";

const kinds: readonly KindOfQuestion[] = [changes, logins];

/** All open questions of these enrolments. Throws what the gateway throws. */
export async function openQuestions(gateway: Gateway, enrolments: readonly Enrolment[]): Promise<Question[]> {
  const found = enrolments.flatMap((enrolment) => kinds.map((kind) => ifItLives(kind(gateway, enrolment))));
  const questions = (await Promise.all(found)).flatMap((each) => each ?? []);
  // Two apps of one party have the same question.
  return [...new Map(questions.map((question) => [question.waiting.id, question])).values()];
}
