import type { TappedCard } from "../../client/app/card/tap.ts";
import type { Gateway } from "../../client/app/gateway.ts";
import type { Enrolment } from "./phone.ts";

/** What a person has in their hands while they answer. */
export interface Hands {
  /** The number they read off the other screen, where a login shows numbers. */
  number?: number | undefined;
  holdCard: () => Promise<TappedCard>;
  putCardAway: () => Promise<void>;
}

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
