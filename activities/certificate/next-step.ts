import type { CertificateLife } from "../../registry/certificate-life.ts";
import type { CertificateStanding, CertificateStep } from "../../workflows/certificate/contract.ts";

const dayMs = 86_400_000;

/** Days before the end at which a person is told of it, and the step that does it. */
const tellings: readonly { daysLeft: number; step: CertificateStep }[] = [
  { daysLeft: 90, step: "tell-90-days" },
  { daysLeft: 30, step: "tell-30-days" },
  { daysLeft: 7, step: "tell-7-days" },
  { daysLeft: 0, step: "expire" },
];

/**
 * What comes next for a certificate, and when. Of tellings that were missed only the last counts: nobody is told of 90
 * days when 20 are left.
 * @param replaceWithinMs how long a certificate whose attributes have changed is left, so that it can be replaced
 */
export function nextStep(life: CertificateLife, now: Date, replaceWithinMs: number): CertificateStanding {
  if (life.state !== "active" || life.isRevoked) return { kind: "over" };
  if (life.noticed.some(({ kind }) => kind === "expired")) return { kind: "over" };
  const steps = [nextTelling(life, now), ...staleSteps(life, replaceWithinMs)];
  const [{ step, at }] = steps.toSorted((a, b) => a.at - b.at) as [Due, ...Due[]];
  return { kind: "good", next: { step, at: new Date(at).toISOString() } };
}

interface Due {
  step: CertificateStep;
  /** Milliseconds since the epoch. */
  at: number;
}

function nextTelling({ noticed, notAfter }: CertificateLife, now: Date): Due {
  const told = Math.min(
    ...noticed.filter(({ kind }) => kind === "expiring").map(({ daysLeft }) => daysLeft ?? 0),
    Number.POSITIVE_INFINITY,
  );
  const left = tellings
    .filter(({ daysLeft }) => daysLeft < told)
    .map(({ daysLeft, step }) => ({ step, at: notAfter.getTime() - daysLeft * dayMs }));
  const due = left.findLast(({ at }) => at <= now.getTime());
  return due ?? left[0]!;
}

function staleSteps({ staleSince, noticed }: CertificateLife, replaceWithinMs: number): Due[] {
  if (staleSince === null) return [];
  const isAsked = noticed.some(({ kind }) => kind === "replace");
  return isAsked
    ? [{ step: "revoke-stale", at: staleSince.getTime() + replaceWithinMs }]
    : [{ step: "ask-replacement", at: staleSince.getTime() }];
}
