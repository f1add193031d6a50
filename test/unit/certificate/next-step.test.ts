import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { nextStep, staleWindow } from "../../../domain/certificate/next-step.ts";
import type { CertificateLife } from "../../../registry/certificate/life.ts";

const day = 86_400_000;
const notAfter = new Date("2031-11-23T00:00:00Z");
const left = (days: number) => new Date(notAfter.getTime() - days * day);
const replaceWithin = day;

const life = (more: Partial<CertificateLife> = {}): CertificateLife => ({
  state: "active",
  isRevoked: false,
  takesEffectAt: null,
  noticeDueAt: null,
  notAfter,
  staleSince: null,
  noticed: [],
  ...more,
});
const expiring = (daysLeft: number) => ({ kind: "expiring", daysLeft }) as const;
const next = (step: string, at: Date) => ({ kind: "good", next: { step, at: at.toISOString() } });

describe("notices before expiry", () => {
  test("ok/90, 30 and 7 days ahead, then the end, then nothing", () => {
    const at = left(400);
    expect(nextStep(life(), at, replaceWithin)).toEqual(next("tell-90-days", left(90)));
    const first = life({ noticed: [expiring(90)] });
    expect(nextStep(first, at, replaceWithin)).toEqual(next("tell-30-days", left(30)));
    const second = life({ noticed: [expiring(90), expiring(30)] });
    expect(nextStep(second, at, replaceWithin)).toEqual(next("tell-7-days", left(7)));
    const third = life({ noticed: [expiring(90), expiring(30), expiring(7)] });
    expect(nextStep(third, at, replaceWithin)).toEqual(next("expire", notAfter));
    const notified = life({ noticed: [{ kind: "expired", daysLeft: null }] });
    expect(nextStep(notified, at, replaceWithin)).toEqual({ kind: "over" });
  });

  test("ok/a missed notice is not sent late: with 20 days left, the 30-day notice is sent and the 90-day one never", () => {
    expect(nextStep(life(), left(20), replaceWithin)).toEqual(next("tell-30-days", left(30)));
    const notified = life({ noticed: [expiring(30)] });
    expect(nextStep(notified, left(20), replaceWithin)).toEqual(next("tell-7-days", left(7)));
  });

  test("ok/after expiry only the expiry notice is sent", () => {
    expect(nextStep(life(), left(-3), replaceWithin)).toEqual(next("expire", notAfter));
  });

  test.each([
    ["replaced", { state: "superseded" as const }],
    ["revoked", { isRevoked: true }],
    ["ended", { state: "ended" as const }],
  ])("ok/%s: over", (_, more) => {
    expect(nextStep(life(more), left(100), replaceWithin)).toEqual({ kind: "over" });
  });
});

describe("attributes that have changed", () => {
  const staleSince = left(700);

  test("ok/first the person is asked to replace it, then it is revoked: half of the period is the revocation window", () => {
    const now = left(699);
    expect(nextStep(life({ staleSince }), now, replaceWithin)).toEqual(next("ask-replacement", staleSince));
    const asked = life({ staleSince, noticed: [{ kind: "replace", daysLeft: null }] });
    expect(nextStep(asked, now, replaceWithin)).toEqual(next("revoke-stale", left(699.5)));
    // Of thirty days the window takes one.
    expect(nextStep(asked, now, 30 * day)).toEqual(next("revoke-stale", left(671)));
  });

  test("ok/the window ends with the period, and is at least an hour where its start was missed", () => {
    const hour = 3_600_000;
    const after = (ms: number) => new Date(staleSince.getTime() + ms);
    expect(staleWindow(staleSince, after(12 * hour), day)).toBe(12 * hour);
    expect(staleWindow(staleSince, after(20 * hour), day)).toBe(4 * hour);
    expect(staleWindow(staleSince, after(23.5 * hour), day)).toBe(hour);
    expect(staleWindow(staleSince, after(90 * hour), day)).toBe(hour);
    expect(staleWindow(staleSince, after(0.5 * hour), hour)).toBe(hour / 2);
    expect(staleWindow(staleSince, after(2 * hour), hour)).toBe(hour / 4);
  });

  test("ok/revoked but not yet effective: the next step is the notice at the effective time", () => {
    const takesEffectAt = left(699);
    const revoked = life({ state: "revoked", isRevoked: true, takesEffectAt, staleSince });
    expect(nextStep(revoked, left(699.5), replaceWithin)).toEqual({
      kind: "revoked",
      next: { step: "tell-revoked", at: takesEffectAt.toISOString() },
    });
  });

  test("ok/expiry comes first where the certificate ends earlier", () => {
    const asked = life({
      staleSince: left(0.5),
      noticed: [{ kind: "replace", daysLeft: null }, expiring(7)],
    });
    expect(nextStep(asked, left(0.4), replaceWithin)).toEqual(next("expire", notAfter));
  });
});

test("ok/from any state, the steps end after at most five", () => {
  fc.assert(
    fc.property(fc.integer({ min: -100, max: 1_900 }), fc.boolean(), (days, isStale) => {
      const noticed: CertificateLife["noticed"] = [];
      let now = left(days);
      const staleSince = isStale ? now : null;
      for (let steps = 0; steps < 7; steps += 1) {
        const view = nextStep(life({ noticed: [...noticed], staleSince }), now, replaceWithin);
        if (view.kind === "over" || view.next.step === "revoke-stale") return steps <= 5;
        now = new Date(Math.max(now.getTime(), Date.parse(view.next.at)));
        const { step } = view.next;
        if (step === "ask-replacement") noticed.push({ kind: "replace", daysLeft: null });
        else if (step === "expire") noticed.push({ kind: "expired", daysLeft: null });
        else noticed.push(expiring(Number(/\d+/.exec(step)![0])));
      }
      return false;
    }),
  );
});
