import type { TappedCard } from "../../client/app/card/tap.ts";
import type { Gateway } from "../../client/app/gateway.ts";
import type { Enrolment } from "./phone.ts";

/** A person's inputs for an answer. */
export interface Hands {
  /** The number on the other screen, if a login shows numbers. */
  number?: number | undefined;
  holdCard: () => Promise<TappedCard>;
  putCardAway: () => Promise<void>;
}

export type Decision = "confirm" | "decline";

/** An open yes/no question on the phone. */
export interface Question {
  waiting: {
    kind: string;
    id: string;
    party: string;
    /** What the phone shows. */
    shown: object;
  };
  /** Signs the answer with the device key, and with the card if required. Throws what the gateway throws. */
  answer(decision: Decision, hands: Hands): Promise<object>;
}

/** How the questions of one kind are found. Another kind is another file below `questions/`, and a line here. */
export type KindOfQuestion = (gateway: Gateway, enrolment: Enrolment) => Promise<Question[]>;
