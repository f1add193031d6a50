import type { Happening } from "../frame/live.ts";

/** A person as the control interface shows them. */
export interface Person {
  name: string;
  pin: string;
  enrolments: { party: string; app: string; enrolmentId: string; pseudonym: string }[];
}

export type Exchange = Extract<Happening, { kind: "apdu" }>;

/** What the person does at the card. */
export interface AtTheCard {
  pin: string;
  lastTries: boolean;
}
