import { describe, expect, test } from "@jest/globals";
import { array, assert, constantFrom, property } from "fast-check";
import { initialState } from "../../../workflows/consent/state.ts";
import { inForce, type Model, move, moves, settle, start } from "./consent-model.ts";

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

  test("ok/one notification runs at a time, for a consent in force and a version not yet decided", () => {
    assert(property(sequences, (sequence) => void run(sequence)));
  });

  test("ok/settles: ended where the consent has ended, else equal to the row, with the newest version asked about", () => {
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

  test("fail/after a withdrawal no message starts anything", () => {
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
