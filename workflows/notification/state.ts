import type { NotificationEnd, NotificationStanding, NotificationView } from "./contract.ts";

/** The state of one notification. A cache of the row: the registry is authoritative. */
export interface NotificationState extends NotificationStanding {
  /** The consent's workflow ends it: a newer version came, or the consent ended. */
  cancelled: boolean;
}

export type NotificationEvent =
  /** The row was read after the last change. */
  | { type: "row"; view: NotificationView }
  | { type: "nothing-to-tell" }
  | { type: "cancel-requested" }
  /** Delivered, and the acknowledgement is no longer waited for. */
  | { type: "acknowledgement-given-up" };

export const initialState: NotificationState = { step: "opening", cancelled: false };

export const isOver = (state: NotificationState): boolean => state.step === "over";

/** In this order, and never back: an earlier read of the row may arrive later. */
const order = ["opening", "asking", "telling", "told", "over"] as const;

/** The whole lifecycle as a pure function: no clock, no I/O, no Temporal. */
export function reduce(state: NotificationState, event: NotificationEvent): NotificationState {
  if (isOver(state)) return state;
  switch (event.type) {
    case "row": {
      const standing = standingOf(event.view);
      const isEarlier = order.indexOf(standing.step) < order.indexOf(state.step);
      return isEarlier ? state : { ...state, ...standing, view: event.view };
    }
    case "nothing-to-tell":
      return { ...state, step: "over", end: "nothing-to-tell" };
    case "cancel-requested":
      return { ...state, cancelled: true };
    case "acknowledgement-given-up":
      return state.step === "told" ? { ...state, step: "over", end: "unacknowledged" } : state;
  }
}

/** The next step according to the row, or how it ended. Nothing is sent without a confirmation. */
function standingOf(view: NotificationView): Pick<NotificationState, "step" | "end"> {
  if (view.state === "open") return { step: "asking" };
  if (view.state !== "confirmed") return over(view.state);
  switch (view.delivery) {
    case "none":
    case "pending":
      return { step: "telling" };
    case "delivered":
      return { step: "told" };
    case "acknowledged":
    case "dead-lettered":
      return over(view.delivery);
    case "cancelled":
      return over("withdrawn");
  }
}

const over = (end: NotificationEnd): Pick<NotificationState, "step" | "end"> => ({ step: "over", end });
