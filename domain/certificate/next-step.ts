import type { CertificateLife } from "../../registry/certificate/life.ts";
import type { CertificateStanding, CertificateStep } from "../../workflows/certificate/contract.ts";
import { attributesChangedWindowMs } from "./effective-times.ts";

const dayMs = 86_400_000;

/** Days before the end at which the person is notified, and the step that does it. */
const expiryNotices: readonly { daysLeft: number; step: CertificateStep }[] = [
  { daysLeft: 90, step: "tell-90-days" },
  { daysLeft: 30, step: "tell-30-days" },
  { daysLeft: 7, step: "tell-7-days" },
  { daysLeft: 0, step: "expire" },
];

/**
 * The next step of a certificate, and its time. Of several missed expiry notices only the last is sent: nobody is
 * notified of 90 days when 20 are left.
 * @param replaceWithinMs how long a certificate stays valid after its attributes have changed (KAZASU_REPLACE_HOURS)
 */
export function nextStep(life: CertificateLife, now: Date, replaceWithinMs: number): CertificateStanding {
  if (life.takesEffectAt)
    return { kind: "revoked", next: { step: "tell-revoked", at: life.takesEffectAt.toISOString() } };
  const asked = newPhoneSteps(life);
  const isOver =
    life.state !== "active" || life.isRevoked || life.noticed.some(({ kind }) => kind === "expired");
  if (isOver) return asked[0] ? { kind: "asked", next: nextOf(asked[0]) } : { kind: "over" };
  const notice = nextExpiryNotice(life, now);
  const steps = [...(notice ? [notice] : []), ...staleSteps(life, replaceWithinMs), ...asked];
  const [soonest] = steps.toSorted((a, b) => a.at - b.at);
  return soonest ? { kind: "good", next: nextOf(soonest) } : { kind: "over" };
}

const nextOf = ({ step, at }: Due) => ({ step, at: new Date(at).toISOString() });

/**
 * The person may replace a certificate with changed attributes in the first part of `replaceWithinMs`. Its revocation
 * takes effect at a random time in the rest, which is half of it and at most a day.
 */
const windowOf = (replaceWithinMs: number): number =>
  Math.min(attributesChangedWindowMs, Math.floor(replaceWithinMs / 2));

/**
 * Period within which the person is asked to replace the certificate: at least half of the replacement time remains.
 */
export const askWindow = (askWithinMs: number, replaceWithinMs: number): number =>
  Math.min(askWithinMs, Math.floor((replaceWithinMs - windowOf(replaceWithinMs)) / 2));

/** The minimum of the window if its start was missed, for example after an outage. */
const leastWindowMs = 3_600_000;

/**
 * Window, in milliseconds from `now`, in which the revocation of a certificate with changed attributes takes effect:
 * it ends `replaceWithinMs` after the change. If the act is so late that almost nothing is left, the dates of a
 * person's several certificates would coincide: the window is then an hour, or half of the regular window if that is
 * less.
 */
export function staleWindow(staleSince: Date, now: Date, replaceWithinMs: number): number {
  const left = staleSince.getTime() + replaceWithinMs - now.getTime();
  return Math.max(left, Math.min(leastWindowMs, windowOf(replaceWithinMs) / 2));
}

interface Due {
  step: CertificateStep;
  /** Milliseconds since the epoch. */
  at: number;
}

function nextExpiryNotice({ noticed, notAfter }: CertificateLife, now: Date): Due | undefined {
  const lastSent = Math.min(
    ...noticed.filter(({ kind }) => kind === "expiring").map(({ daysLeft }) => daysLeft ?? 0),
    Number.POSITIVE_INFINITY,
  );
  const left = expiryNotices
    .filter(({ daysLeft }) => daysLeft < lastSent)
    .map(({ daysLeft, step }) => ({ step, at: notAfter.getTime() - daysLeft * dayMs }));
  const due = left.findLast(({ at }) => at <= now.getTime());
  return due ?? left[0];
}

/** A replaced phone, and one whose certificate has ended, is still asked about others for a while. */
function newPhoneSteps({ noticeDueAt }: CertificateLife): Due[] {
  return noticeDueAt === null ? [] : [{ step: "tell-new-phone", at: noticeDueAt.getTime() }];
}

function staleSteps({ staleSince, noticed }: CertificateLife, replaceWithinMs: number): Due[] {
  if (staleSince === null) return [];
  const isAsked = noticed.some(({ kind }) => kind === "replace");
  return isAsked
    ? [{ step: "revoke-stale", at: staleSince.getTime() + replaceWithinMs - windowOf(replaceWithinMs) }]
    : [{ step: "ask-replacement", at: staleSince.getTime() }];
}
