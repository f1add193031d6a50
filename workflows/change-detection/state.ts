/** What a refresh remembers: the hits that came and were not seen to, oldest first, each once. */
export interface RefreshState {
  waiting: readonly string[];
  /** The hit that is being seen to. */
  current?: string;
}

export type RefreshEvent = { type: "hit-came"; hitId: string } | { type: "taken-up" } | { type: "seen-to" };

export const initialState = (waiting: readonly string[] = []): RefreshState => ({ waiting });

/** The whole lifecycle as a pure function: no clock, no I/O, no Temporal. */
export function reduce(state: RefreshState, event: RefreshEvent): RefreshState {
  switch (event.type) {
    case "hit-came": {
      const known = state.current === event.hitId || state.waiting.includes(event.hitId);
      return known ? state : { ...state, waiting: [...state.waiting, event.hitId] };
    }
    case "taken-up": {
      const [current, ...waiting] = state.waiting;
      return current === undefined || state.current !== undefined ? state : { current, waiting };
    }
    case "seen-to":
      return { waiting: state.waiting };
  }
}

export const isIdle = ({ current, waiting }: RefreshState): boolean =>
  current === undefined && waiting.length === 0;
