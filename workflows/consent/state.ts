import type { ConsentView } from "./contract.ts";

/** The state of one consent. A cache of the row: the registry is authoritative. */
export interface ConsentState {
  view?: ConsentView;
  /** The row may be newer than the view: it is read before anything else is done. */
  stale: boolean;
  /** The running notification: one at a time. */
  notifying?: { version: number; stopping: boolean };
  /**
   * The newest version whose notification ended without a decision of the person. It is not started again until the version is
   * signalled again (the daily sweep does), so that a failing notification is not repeated in a loop.
   */
  undecided: number;
  /** The consent is being sent to J-LIS. */
  registering: boolean;
  /** The newest revision whose own events are being delivered. */
  announced: number;
}

export type ConsentEvent =
  /** The row is about to be read: a signal from now on requires another read. */
  | { type: "reading" }
  /** The row was read after the last change. */
  | { type: "row"; view: ConsentView }
  /** A change was applied: the attribute record may also have changed unnoticed. */
  | { type: "changed"; view: ConsentView }
  | { type: "record-refreshed"; version: number }
  | { type: "reread-asked" }
  | { type: "notification-started"; version: number }
  | { type: "notification-stopping" }
  | { type: "notification-ended" }
  | { type: "announcing-started" }
  | { type: "registering-started" }
  /** J-LIS answered: it holds the consent, or refused it. */
  | { type: "registered"; view: ConsentView };

/** The next action. `wait` has a time; any other changes the state. */
export type ConsentStep =
  | { do: "read" }
  | { do: "stop-notification" }
  | { do: "notify"; version: number }
  | { do: "expire" }
  | { do: "remind" }
  | { do: "register" }
  | { do: "announce" }
  /** `until` in milliseconds since the epoch; absent if nothing is due. */
  | { do: "wait"; until?: number }
  | { do: "end" };

export const initialState = (carried?: ConsentView): ConsentState => ({
  ...(carried ? { view: carried } : {}),
  stale: carried === undefined,
  undecided: 0,
  registering: false,
  announced: 0,
});

/** The whole lifecycle as a pure function: no clock, no I/O, no Temporal. */
export function reduce(state: ConsentState, event: ConsentEvent): ConsentState {
  switch (event.type) {
    case "reading":
      return { ...state, stale: false };
    case "row":
      return { ...state, view: newest(state.view, event.view) };
    case "changed":
      return { ...state, view: newest(state.view, event.view), stale: true };
    case "record-refreshed": {
      const known = Math.max(state.view?.settledVersion ?? 0, state.notifying?.version ?? 0);
      return event.version > known ? { ...state, stale: true, undecided: 0 } : state;
    }
    case "reread-asked":
      return { ...state, stale: true };
    case "notification-started":
      return { ...state, notifying: { version: event.version, stopping: false } };
    case "notification-stopping":
      return state.notifying ? { ...state, notifying: { ...state.notifying, stopping: true } } : state;
    case "notification-ended": {
      const { notifying, ...rest } = state;
      return { ...rest, undecided: notifying?.version ?? state.undecided, stale: true };
    }
    case "announcing-started":
      return { ...state, announced: state.view?.revision ?? 0 };
    case "registering-started":
      return { ...state, registering: true };
    case "registered":
      return { ...state, view: newest(state.view, event.view), registering: false };
  }
}

/** The next step; `now` in milliseconds since the epoch. No party is notified without a consent in force. */
export function nextStep(state: ConsentState, now: number): ConsentStep {
  const { view, notifying } = state;
  if (state.stale || !view) return { do: "read" };
  if (view.state === "in-force" && now >= Date.parse(view.validUntil)) return { do: "expire" };
  const inForce = view.state === "in-force";
  if (notifying) {
    const passed = !inForce || view.currentVersion > notifying.version;
    if (passed && !notifying.stopping) return { do: "stop-notification" };
  }
  if (!inForce) return notifying ? { do: "wait" } : { do: "end" };
  if (view.registerPending && !state.registering) return { do: "register" };
  if (view.announcing && view.revision > state.announced) return { do: "announce" };
  if (!notifying && isBehind(view) && view.currentVersion > state.undecided)
    return { do: "notify", version: view.currentVersion };
  if (now >= Date.parse(view.remindAt)) return { do: "remind" };
  return { do: "wait", until: Math.min(Date.parse(view.remindAt), Date.parse(view.validUntil)) };
}

const isBehind = (view: ConsentView): boolean =>
  view.kind === "disclosure" && view.currentVersion > view.settledVersion;

/**
 * The newer of two reads of one row: by the revision, and within one revision by the values that only increase. So answers may
 * arrive in any order.
 */
function newest(known: ConsentView | undefined, read: ConsentView): ConsentView {
  if (!known) return read;
  const [older, newer] = isOlder(read, known) ? [read, known] : [known, read];
  return {
    ...newer,
    currentVersion: Math.max(older.currentVersion, newer.currentVersion),
    settledVersion: Math.max(older.settledVersion, newer.settledVersion),
    ...(older.revision === newer.revision ? { remindAt: later(older.remindAt, newer.remindAt) } : {}),
  };
}

const isOlder = (view: ConsentView, than: ConsentView): boolean =>
  view.revision === than.revision
    ? view.registerPending && !than.registerPending
    : view.revision < than.revision;

const later = (a: string, b: string): string => (Date.parse(a) > Date.parse(b) ? a : b);
