import { describe, expect, test } from "@jest/globals";
import { type Arbitrary, array, assert, constantFrom, oneof, property, tuple } from "fast-check";
import type { NotificationView } from "../../../workflows/notification/contract.ts";
import {
  initialState,
  isOver,
  type NotificationEvent,
  type NotificationState,
  reduce,
} from "../../../workflows/notification/state.ts";

const view = (
  state: NotificationView["state"],
  delivery: NotificationView["delivery"],
): NotificationView => ({
  notificationId: "n",
  state,
  delivery,
  jti: "j",
  expiresAt: "2026-12-24T00:00:00.000Z",
  remindAt: [],
  deliverWithinMs: 1,
  acknowledgeWithinMs: 1,
});
const row = (...parts: Parameters<typeof view>): NotificationEvent => ({ type: "row", view: view(...parts) });
const after = (...events: NotificationEvent[]): NotificationState => events.reduce(reduce, initialState);

const events: Arbitrary<NotificationEvent> = oneof(
  tuple(
    constantFrom<NotificationView["state"][]>(
      "open",
      "confirmed",
      "declined",
      "expired",
      "superseded",
      "withdrawn",
    ),
    constantFrom<NotificationView["delivery"][]>(
      "none",
      "pending",
      "delivered",
      "acknowledged",
      "dead-lettered",
      "cancelled",
    ),
  ).map(([state, delivery]) => row(state, delivery)),
  constantFrom<NotificationEvent[]>(
    { type: "nothing-to-tell" },
    { type: "cancel-requested" },
    { type: "acknowledgement-given-up" },
  ),
);
const steps = ["opening", "asking", "telling", "told", "over"];

describe("the state of a notification", () => {
  test("ok/the next step follows from the row", () => {
    expect(after(row("open", "none")).step).toBe("asking");
    expect(after(row("open", "none"), row("confirmed", "pending")).step).toBe("telling");
    expect(after(row("confirmed", "delivered")).step).toBe("told");
    expect(after(row("confirmed", "acknowledged")).end).toBe("acknowledged");
    expect(after(row("confirmed", "dead-lettered")).end).toBe("dead-lettered");
    expect(after(row("confirmed", "cancelled")).end).toBe("withdrawn");
    expect(after(row("declined", "none")).end).toBe("declined");
    expect(after({ type: "nothing-to-tell" }).end).toBe("nothing-to-tell");
  });

  test("ok/only a transmitted event can go unacknowledged", () => {
    const givenUp = { type: "acknowledgement-given-up" } as const;
    expect(after(row("open", "none"), givenUp).step).toBe("asking");
    expect(after(row("confirmed", "pending"), givenUp).step).toBe("telling");
    expect(after(row("confirmed", "delivered"), givenUp).end).toBe("unacknowledged");
  });

  test("ok/an older read that arrives late changes nothing", () => {
    expect(after(row("confirmed", "delivered"), row("open", "none")).step).toBe("told");
    expect(after(row("confirmed", "cancelled"), row("confirmed", "pending")).end).toBe("withdrawn");
  });

  test("ok/any order of events: no step goes back, every end has a reason, and only confirmed changes are transmitted", () => {
    assert(
      property(array(events, { maxLength: 40 }), (all) => {
        let state = initialState;
        for (const event of all) {
          const next = reduce(state, event);
          expect(steps.indexOf(next.step)).toBeGreaterThanOrEqual(steps.indexOf(state.step));
          if (isOver(state)) expect(next).toBe(state);
          expect(next.end !== undefined).toBe(isOver(next));
          if (next.step === "telling" || next.step === "told") expect(next.view?.state).toBe("confirmed");
          state = next;
        }
      }),
    );
  });
});
