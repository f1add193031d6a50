import { describe, expect, test } from "@jest/globals";
import { array, assert, constantFrom, pre, property } from "fast-check";
import {
  allowedTries,
  type IssuanceEvent,
  initialState,
  isOver,
  reduce,
  triesLeft,
} from "../../../workflows/issuance/state.ts";

const run = (...events: IssuanceEvent[]) => events.reduce(reduce, initialState);
const wrong: IssuanceEvent[] = [{ type: "activation-came" }, { type: "code-was-wrong" }];

describe("issuance state", () => {
  test("ok/ends issued after application and right code", () => {
    const state = run(
      { type: "application-came", evidenceId: "e1" },
      { type: "application-accepted" },
      { type: "activation-came" },
      { type: "code-was-right" },
    );
    expect(state.step).toBe("issued");
    expect(isOver(state)).toBe(true);
  });

  test("fail/keeps the first application when another comes", () => {
    const state = run(
      { type: "application-came", evidenceId: "e1" },
      { type: "application-came", evidenceId: "e2" },
    );
    expect(state.evidenceId).toBe("e1");
  });

  test("fail/locks at the third wrong code, not before", () => {
    expect(run(...wrong, ...wrong).step).toBe("waiting");
    expect(triesLeft(run(...wrong, ...wrong))).toBe(1);
    expect(run(...wrong, ...wrong, ...wrong).step).toBe("locked");
  });

  test("ok/the right code beside two wrong ones issues, though three tries are under way", () => {
    const came: IssuanceEvent = { type: "activation-came" };
    const judgedWrong: IssuanceEvent = { type: "code-was-wrong" };
    const underWay = run(came, came, came, judgedWrong, judgedWrong);
    expect(underWay.step).toBe("waiting");
    expect(reduce(underWay, { type: "code-was-right" }).step).toBe("issued");
  });

  test("ok/a try that was not judged is given back", () => {
    expect(triesLeft(run({ type: "activation-came" }, { type: "activation-undecided" }))).toBe(allowedTries);
  });

  test("ok/nothing changes a state that is over", () => {
    const event = constantFrom<IssuanceEvent>(
      { type: "application-came", evidenceId: "e9" },
      { type: "application-accepted" },
      { type: "application-refused" },
      { type: "activation-came" },
      { type: "code-was-right" },
      { type: "code-was-wrong" },
      { type: "code-locked" },
      { type: "activation-undecided" },
      { type: "deadline-passed" },
    );
    assert(
      property(array(event, { maxLength: 20 }), event, (events, last) => {
        const state = run(...events);
        pre(isOver(state));
        expect(reduce(state, last)).toEqual(state);
      }),
    );
  });
});
