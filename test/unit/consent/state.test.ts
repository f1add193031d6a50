import { describe, expect, test } from "@jest/globals";
import { array, assert, constantFrom, property } from "fast-check";
import type { ConsentView } from "../../../workflows/consent/contract.ts";
import {
  type ConsentEvent,
  type ConsentState,
  initialState,
  nextStep,
  reduce,
} from "../../../workflows/consent/state.ts";

const day = 86_400_000;
const start = Date.parse("2026-11-23T00:00:00Z");
const at = (days: number) => new Date(start + days * day).toISOString();

const inForce: ConsentView = {
  kind: "disclosure",
  revision: 1,
  state: "in-force",
  validUntil: at(3_650),
  remindAt: at(365),
  currentVersion: 1,
  settledVersion: 1,
  registerPending: false,
};
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
      "behind, towards the register: nobody is told",
      known({ kind: "register-refresh", currentVersion: 3 }),
      0,
      { do: "wait", until: start + 365 * day },
    ],
    ["events of its own on their way", known({ announcing: true }), 0, { do: "announce" }],
    [
      "withdrawn with events of its own: nobody is told",
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

  test("ok/a signal is no reason to tell anybody before the row was read", () => {
    const signalled = after(known(), { type: "record-refreshed", version: 2 });
    expect(nextStep(signalled, start)).toEqual({ do: "read" });
    const unmoved = after(signalled, { type: "reading" }, { type: "row", view: inForce });
    expect(nextStep(unmoved, start)).toMatchObject({ do: "wait" });
    const moved = after(unmoved, { type: "row", view: { ...inForce, currentVersion: 2 } });
    expect(nextStep(moved, start)).toEqual({ do: "notify", version: 2 });
  });

  test("ok/a signal that comes while the row is read has it read again", () => {
    const state = after(
      known(),
      { type: "reading" },
      { type: "record-refreshed", version: 2 },
      { type: "row", view: inForce },
    );
    expect(nextStep(state, start)).toEqual({ do: "read" });
  });

  test("ok/events of its own are handed over once for each revision, beside whatever else there is to do", () => {
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

  test("ok/withdrawn while somebody is asked: the lifecycle stays until that has ended", () => {
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

  test("ok/a notification that broke is not started over until somebody signals again", () => {
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

describe("two readings of one row", () => {
  const merged = (...views: ConsentView[]) =>
    after(initialState(), ...views.map((view) => ({ type: "row", view }) as const)).view;

  test("fail/an older reading does not bring a withdrawn consent back", () => {
    const withdrawn: ConsentView = { ...inForce, revision: 2, state: "withdrawn" };
    expect(merged(withdrawn, inForce)).toMatchObject({ state: "withdrawn", revision: 2 });
  });

  test("fail/an older reading does not have J-LIS asked again", () => {
    const pending: ConsentView = { ...inForce, kind: "register-refresh", registerPending: true };
    const held: ConsentView = { ...pending, registerPending: false, validUntil: at(3_651) };
    for (const order of [
      [pending, held],
      [held, pending],
    ])
      expect(merged(...order)).toEqual(held);
  });

  test("ok/a renewal has J-LIS asked again", () => {
    const held: ConsentView = { ...inForce, kind: "register-refresh" };
    const renewed: ConsentView = { ...held, revision: 2, registerPending: true };
    for (const order of [
      [held, renewed],
      [renewed, held],
    ])
      expect(merged(...order)).toEqual(renewed);
  });
});

/** A registry that moves on by itself, and a world that drives the reducer as the workflow does. */
interface Model {
  row: ConsentView;
  state: ConsentState;
  now: number;
  /** A reading under way, of the row as it was when it began. */
  reading: ConsentView | undefined;
  child: number | undefined;
  childIsStopped: boolean;
  /** The revision that has events of its own, if any. */
  widened: number;
  ended: boolean;
}

const moves = [
  "anchor-moves",
  "late-signal",
  "withdraw",
  "renew",
  "widen",
  "party-takes",
  "step",
  "reading-ends",
  "child-settles",
  "child-ends",
  "year-passes",
  "reread",
] as const;

/** One move; throws where something unlawful would happen. */
function move(model: Model, what: (typeof moves)[number]): void {
  const on = (event: ConsentEvent) => {
    model.state = reduce(model.state, event);
  };
  const { row } = model;
  switch (what) {
    case "anchor-moves":
      model.row = { ...row, currentVersion: row.currentVersion + 1 };
      return on({ type: "record-refreshed", version: model.row.currentVersion });
    case "late-signal":
      return on({ type: "record-refreshed", version: 1 });
    case "reread":
      return on({ type: "reread-asked" });
    case "withdraw":
      if (row.state !== "in-force") return;
      model.row = { ...row, state: "withdrawn", revision: row.revision + 1 };
      return on({ type: "changed", view: model.row });
    case "renew":
      if (row.state !== "in-force") return;
      model.row = {
        ...row,
        revision: row.revision + 1,
        validUntil: new Date(model.now + 3_650 * day).toISOString(),
      };
      return on({ type: "changed", view: model.row });
    case "widen":
      if (row.state !== "in-force") return;
      model.row = { ...row, revision: row.revision + 1, announcing: true };
      model.widened = model.row.revision;
      return on({ type: "changed", view: model.row });
    case "party-takes": {
      const { announcing: _, ...taken } = row;
      model.row = taken;
      return;
    }
    case "reading-ends":
      if (model.reading) on({ type: "row", view: model.reading });
      model.reading = undefined;
      return;
    case "child-settles":
      if (model.child !== undefined && row.state === "in-force" && !model.childIsStopped)
        model.row = { ...row, settledVersion: Math.max(row.settledVersion, model.child) };
      return;
    case "child-ends":
      if (model.child === undefined) return;
      model.child = undefined;
      return on({ type: "notification-ended" });
    case "year-passes":
      model.now += 365 * day;
      return;
    case "step":
      return step(model, on);
  }
}

function step(model: Model, on: (event: ConsentEvent) => void): void {
  // The workflow does one thing at a time: while it reads, it takes no other step.
  if (model.reading || model.ended) return;
  const next = nextStep(model.state, model.now);
  switch (next.do) {
    case "read":
      on({ type: "reading" });
      model.reading = model.row;
      return;
    case "notify":
      if (model.child !== undefined) throw new Error("two notifications at once");
      if (model.state.view?.state !== "in-force") throw new Error("told without a consent in force");
      if (next.version > model.row.currentVersion) throw new Error("told what the registry does not have");
      if (next.version <= model.state.view.settledVersion)
        throw new Error("asked again about what is decided");
      model.child = next.version;
      model.childIsStopped = false;
      return on({ type: "notification-started", version: next.version });
    case "stop-notification":
      if (model.child === undefined) throw new Error("stopped what does not run");
      model.childIsStopped = true;
      return on({ type: "notification-stopping" });
    case "expire":
      model.row = { ...model.row, state: "expired", revision: model.row.revision + 1 };
      return on({ type: "row", view: model.row });
    case "announce":
      if (model.state.view?.state !== "in-force") throw new Error("announced without a consent in force");
      if (model.state.announced >= model.state.view.revision) throw new Error("announced twice");
      return on({ type: "announcing-started" });
    case "remind":
      model.row = { ...model.row, remindAt: new Date(model.now + 365 * day).toISOString() };
      return on({ type: "row", view: model.row });
    case "register":
      throw new Error("a disclosure is not for J-LIS");
    case "end":
      if (model.child !== undefined) throw new Error("ended while a notification runs");
      model.ended = true;
      return;
    case "wait":
      return;
  }
}

/** Everything that is under way comes in, and the lifecycle has nothing left to do. */
function settle(model: Model): void {
  for (let turn = 0; turn < 50; turn += 1) {
    move(model, "reading-ends");
    move(model, "step");
    if (model.childIsStopped) move(model, "child-ends");
  }
}

describe("any order of messages", () => {
  const sequences = array(constantFrom(...moves), { maxLength: 60 });
  const run = (sequence: readonly (typeof moves)[number][]): Model => {
    const model: Model = {
      row: inForce,
      state: initialState(),
      now: start,
      ended: false,
      reading: undefined,
      child: undefined,
      childIsStopped: false,
      widened: 0,
    };
    for (const what of sequence) move(model, what);
    settle(model);
    return model;
  };

  test("ok/one notification at a time, of a consent in force, of what is not decided yet", () => {
    assert(property(sequences, (sequence) => void run(sequence)));
  });

  test("ok/comes to rest: ended when the consent has, else in step with the row, the newest version asked about", () => {
    assert(
      property(sequences, (sequence) => {
        const model = run(sequence);
        const { row, state } = model;
        expect(model.ended).toBe(row.state !== "in-force");
        expect(state.view).toMatchObject({ state: row.state, revision: row.revision });
        if (row.state !== "in-force") return expect(model.child).toBeUndefined();
        expect(state.view?.currentVersion).toBe(row.currentVersion);
        const asked = Math.max(model.child ?? 0, state.undecided, row.settledVersion);
        expect(asked).toBe(row.currentVersion);
        if (row.announcing) expect(state.announced).toBeGreaterThanOrEqual(model.widened);
      }),
    );
  });

  test("fail/once withdrawn, nothing starts any more, whatever comes", () => {
    assert(
      property(sequences, sequences, (before, later) => {
        const model = run([...before, "withdraw"]);
        const child = model.child;
        for (const what of later) move(model, what);
        settle(model);
        expect(child).toBeUndefined();
        expect(model.child).toBeUndefined();
        expect(model.ended).toBe(true);
      }),
    );
  });
});
