/** The state of a refresh: the unsettled card revocations, oldest first, each once. */
export interface RefreshState {
  waiting: readonly string[];
  /** The card revocation that is being settled. */
  current?: string;
}

export type RefreshEvent =
  | { type: "revocation-came"; hitId: string }
  | { type: "started" }
  | { type: "settled" };

export const initialState = (waiting: readonly string[] = []): RefreshState => ({ waiting });

/** The whole lifecycle as a pure function: no clock, no I/O, no Temporal. */
export function reduce(state: RefreshState, event: RefreshEvent): RefreshState {
  switch (event.type) {
    case "revocation-came": {
      const known = state.current === event.hitId || state.waiting.includes(event.hitId);
      return known ? state : { ...state, waiting: [...state.waiting, event.hitId] };
    }
    case "started": {
      const [current, ...waiting] = state.waiting;
      return current === undefined || state.current !== undefined ? state : { current, waiting };
    }
    case "settled":
      return { waiting: state.waiting };
  }
}

export const isIdle = ({ current, waiting }: RefreshState): boolean =>
  current === undefined && waiting.length === 0;
