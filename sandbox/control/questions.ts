import type { Gateway } from "../../client/app/gateway.ts";
import { ifItLives } from "../persons/living.ts";
import type { Hands } from "../persons/login.ts";
import type { Enrolment } from "../persons/phone.ts";
import { changes } from "./questions/change.ts";
import { logins } from "./questions/login.ts";

export type Decision = "confirm" | "decline";

/** Something on the phone that waits for the person's yes or no. */
export interface Question {
  waiting: {
    kind: string;
    id: string;
    party: string;
    /** What the phone shows. */
    shown: object;
  };
  /** Signs the answer with the device key, and with the card where that is asked for. Throws what the gateway throws. */
  answer(decision: Decision, hands: Hands): Promise<object>;
}

/** How the questions of one kind are found. Another kind is another file below `questions/`, and a line here. */
export type KindOfQuestion = (gateway: Gateway, enrolment: Enrolment) => Promise<Question[]>;

const kinds: readonly KindOfQuestion[] = [changes, logins];

/** Everything that waits at these enrolments. Throws what the gateway throws. */
export async function openQuestions(gateway: Gateway, enrolments: readonly Enrolment[]): Promise<Question[]> {
  const found = enrolments.flatMap((enrolment) => kinds.map((kind) => ifItLives(kind(gateway, enrolment))));
  const questions = (await Promise.all(found)).flatMap((each) => each ?? []);
  // Two apps of one party see the same question.
  return [...new Map(questions.map((question) => [question.waiting.id, question])).values()];
}
