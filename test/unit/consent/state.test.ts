import { describe, expect, test } from "@jest/globals";
import type { ConsentView } from "../../../workflows/consent/contract.ts";
import {
  type ConsentEvent,
  type ConsentState,
  initialState,
  nextStep,
  reduce,
} from "../../../workflows/consent/state.ts";
import { at, day, inForce, start } from "./consent-model.ts";

const known = (more: Partial<ConsentView> = {}): ConsentState => ({
  ...initialState({ ...inForce, ...more }),
});
const after = (state: ConsentState, ...events: ConsentEvent[]): ConsentState => events.reduce(reduce, state);

describe("next step", () => {
  test.each<[string, ConsentState, number, object]>([
    ["the row first", initialState(), 0, { do: "read" }],
    ["idle: the nearest deadline", known(), 0, { do: "wait", until: start + 365 * day }],
    [
      "the term's end before a later reminder",
      known({ remindAt: at(4_000) }),
      0,
      { do: "wait", until: start + 3_650 * day },
    ],
    ["a reminder that is due", known(), 365, { do: "remind" }],
    ["a term that is over, before any reminder", known(), 3_650, { do: "expire" }],
    ["behind: notify", known({ currentVersion: 3 }), 0, { do: "notify", version: 3 }],
    [
      "behind, towards the register: nobody is notified",
      known({ kind: "register-refresh", currentVersion: 3 }),
      0,
      { do: "wait", until: start + 365 * day },
    ],
    ["events of its own on their way", known({ announcing: true }), 0, { do: "announce" }],
    [
      "withdrawn with events of its own: nothing is sent",
      known({ announcing: true, state: "withdrawn" }),
      0,
      { do: "end" },
    ],
    ["J-LIS does not hold it yet", known({ registerPending: true }), 0, { do: "register" }],
    [
      "withdrawn",
      known({ state: "withdrawn", currentVersion: 3, registerPending: true }),
      4_000,
      { do: "end" },
    ],
    ["expired", known({ state: "expired" }), 4_000, { do: "end" }],
  ])("ok/%s", (_name, state, days, step) => {
    expect(nextStep(state, start + days * day)).toEqual(step);
  });

  test("ok/a signal starts no notification before the row is read", () => {
    const signalled = after(known(), { type: "record-refreshed", version: 2 });
    expect(nextStep(signalled, start)).toEqual({ do: "read" });
    const unmoved = after(signalled, { type: "reading" }, { type: "row", view: inForce });
    expect(nextStep(unmoved, start)).toMatchObject({ do: "wait" });
    const moved = after(unmoved, { type: "row", view: { ...inForce, currentVersion: 2 } });
    expect(nextStep(moved, start)).toEqual({ do: "notify", version: 2 });
  });

  test("ok/a signal during a read causes another read", () => {
    const state = after(
      known(),
      { type: "reading" },
      { type: "record-refreshed", version: 2 },
      { type: "row", view: inForce },
    );
    expect(nextStep(state, start)).toEqual({ do: "read" });
  });

  test("ok/the consent's own events are transmitted once for each revision, independently of other steps", () => {
    const started = after(known({ announcing: true, currentVersion: 2 }), { type: "announcing-started" });
    expect(nextStep(started, start)).toEqual({ do: "notify", version: 2 });
    const still = after(started, { type: "row", view: { ...inForce, announcing: true } });
    expect(nextStep(still, start)).not.toEqual({ do: "announce" });
    const widened = after(still, { type: "row", view: { ...inForce, revision: 2, announcing: true } });
    expect(nextStep(widened, start)).toEqual({ do: "announce" });
  });

  test("ok/duplicate and late signals change nothing", () => {
    const settled = known({ currentVersion: 3, settledVersion: 3 });
    for (const version of [1, 2, 3])
      expect(reduce(settled, { type: "record-refreshed", version })).toBe(settled);
    const notifying = after(known({ currentVersion: 3 }), { type: "notification-started", version: 3 });
    expect(reduce(notifying, { type: "record-refreshed", version: 3 })).toBe(notifying);
  });

  test("ok/a newer version stops the older notification; the next starts only when that has ended", () => {
    const notifying = after(known({ currentVersion: 2 }), { type: "notification-started", version: 2 });
    const newer = after(notifying, { type: "row", view: { ...inForce, currentVersion: 3 } });
    expect(nextStep(newer, start)).toEqual({ do: "stop-notification" });
    const stopping = after(newer, { type: "notification-stopping" });
    expect(nextStep(stopping, start)).toMatchObject({ do: "wait" });
    const ended = after(stopping, { type: "notification-ended" }, { type: "reading" });
    expect(nextStep(ended, start)).toEqual({ do: "notify", version: 3 });
  });

  test("ok/withdrawn while the person is asked: the lifecycle stays until the notification has ended", () => {
    const notifying = after(known({ currentVersion: 2 }), { type: "notification-started", version: 2 });
    const withdrawn = after(notifying, {
      type: "row",
      view: { ...inForce, revision: 2, state: "withdrawn" },
    });
    expect(nextStep(withdrawn, start)).toEqual({ do: "stop-notification" });
    const stopping = after(withdrawn, { type: "notification-stopping" });
    expect(nextStep(stopping, start)).toEqual({ do: "wait" });
    expect(nextStep(after(stopping, { type: "notification-ended" }, { type: "reading" }), start)).toEqual({
      do: "end",
    });
  });

  test("ok/a failed notification is not restarted until the next signal", () => {
    const broken = after(
      known({ currentVersion: 2 }),
      { type: "notification-started", version: 2 },
      { type: "notification-ended" },
      { type: "reading" },
    );
    expect(nextStep(broken, start)).toMatchObject({ do: "wait" });
    const swept = after(broken, { type: "record-refreshed", version: 2 }, { type: "reading" });
    expect(nextStep(swept, start)).toEqual({ do: "notify", version: 2 });
  });
});

describe("two reads of one row", () => {
  const merged = (...views: ConsentView[]) =>
    after(initialState(), ...views.map((view) => ({ type: "row", view }) as const)).view;

  test("fail/an older read does not restore a withdrawn consent", () => {
    const withdrawn: ConsentView = { ...inForce, revision: 2, state: "withdrawn" };
    expect(merged(withdrawn, inForce)).toMatchObject({ state: "withdrawn", revision: 2 });
  });

  test("fail/an older read does not register at J-LIS again", () => {
    const pending: ConsentView = { ...inForce, kind: "register-refresh", registerPending: true };
    const held: ConsentView = { ...pending, registerPending: false, validUntil: at(3_651) };
    for (const order of [
      [pending, held],
      [held, pending],
    ])
      expect(merged(...order)).toEqual(held);
  });

  test("ok/a renewal registers at J-LIS again", () => {
    const held: ConsentView = { ...inForce, kind: "register-refresh" };
    const renewed: ConsentView = { ...held, revision: 2, registerPending: true };
    for (const order of [
      [held, renewed],
      [renewed, held],
    ])
      expect(merged(...order)).toEqual(renewed);
  });
});
