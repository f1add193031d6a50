import type { ConsentView } from "../../../workflows/consent/contract.ts";
import { type ConsentEvent, type ConsentState, nextStep, reduce } from "../../../workflows/consent/state.ts";

export const day = 86_400_000;
export const start = Date.parse("2026-11-23T00:00:00Z");
export const at = (days: number) => new Date(start + days * day).toISOString();

export const inForce: ConsentView = {
  kind: "disclosure",
  revision: 1,
  state: "in-force",
  validUntil: at(3_650),
  remindAt: at(365),
  currentVersion: 1,
  settledVersion: 1,
  registerPending: false,
};
/** A registry that changes independently, and a driver of the reducer like the workflow. */
export interface Model {
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

export const moves = [
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
export function move(model: Model, what: (typeof moves)[number]): void {
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
      if (model.state.view?.state !== "in-force") throw new Error("notified without a consent in force");
      if (next.version > model.row.currentVersion)
        throw new Error("notified of what the registry does not have");
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
export function settle(model: Model): void {
  for (let turn = 0; turn < 50; turn += 1) {
    move(model, "reading-ends");
    move(model, "step");
    if (model.childIsStopped) move(model, "child-ends");
  }
}
