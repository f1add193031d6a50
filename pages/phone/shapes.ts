import type { Happening } from "../frame/live.ts";

/** A person as returned by the control interface. */
export interface Person {
  name: string;
  pin: string;
  enrolments: { party: string; app: string; enrolmentId: string; pseudonym: string }[];
}

export type Exchange = Extract<Happening, { kind: "apdu" }>;

/** The person's inputs at the card. */
export interface AtTheCard {
  pin: string;
  lastTries: boolean;
}
