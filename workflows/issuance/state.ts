import type { IssuanceStep } from "./contract.ts";

/** The number of wrong activation codes that ends an application, in runs from before Postgres counted. */
export const allowedTries = 3;

/** The state of one issuance. A cache: the registry is authoritative. */
export interface IssuanceState {
  step: IssuanceStep;
  /** The one application of this challenge. */
  evidenceId?: string;
  /** Tries of the activation code that are spent or pending. */
  tries: number;
  /** Codes found wrong. */
  wrong: number;
}

export type IssuanceEvent =
  | { type: "application-came"; evidenceId: string }
  | { type: "application-accepted" }
  | { type: "application-refused" }
  | { type: "activation-came" }
  | { type: "code-was-right" }
  | { type: "code-was-wrong" }
  | { type: "code-locked" }
  | { type: "activation-undecided" }
  | { type: "deadline-passed" };

export const initialState: IssuanceState = { step: "waiting", tries: 0, wrong: 0 };

export const isOver = (state: IssuanceState): boolean =>
  state.step === "issued" || state.step === "locked" || state.step === "refused" || state.step === "expired";

export const triesLeft = (state: IssuanceState): number => Math.max(0, allowedTries - state.tries);

/** The whole lifecycle as a pure function: no clock, no I/O, no Temporal. */
export function reduce(state: IssuanceState, event: IssuanceEvent): IssuanceState {
  if (isOver(state)) return state;
  switch (event.type) {
    case "application-came":
      return state.evidenceId ? state : { ...state, evidenceId: event.evidenceId };
    case "application-accepted":
      return { ...state, step: "applied" };
    case "application-refused":
      return { ...state, step: "refused" };
    case "activation-came":
      // Counted on arrival, not on the decision, so that concurrent tries are counted too.
      return { ...state, tries: state.tries + 1 };
    case "activation-undecided":
      return { ...state, tries: state.tries - 1 };
    case "code-was-right":
      return { ...state, step: "issued" };
    case "code-was-wrong": {
      // By decisions, not by arrivals: the right code may be pending beside two wrong ones.
      const wrong = state.wrong + 1;
      return { ...state, wrong, step: wrong >= allowedTries ? "locked" : state.step };
    }
    case "code-locked":
      return { ...state, step: "locked" };
    case "deadline-passed":
      return { ...state, step: "expired" };
  }
}
