import type { CertificateLife } from "../../registry/certificate/life.ts";
import type { CertificateStanding, CertificateStep } from "../../workflows/certificate/contract.ts";
import { attributesChangedWindowMs } from "./effective-times.ts";

const dayMs = 86_400_000;

/** Days before the end at which the person is notified of it, and the step that does it. */
const expiryNotices: readonly { daysLeft: number; step: CertificateStep }[] = [
  { daysLeft: 90, step: "tell-90-days" },
  { daysLeft: 30, step: "tell-30-days" },
  { daysLeft: 7, step: "tell-7-days" },
  { daysLeft: 0, step: "expire" },
];

/**
 * What comes next for a certificate, and when. Of expiry notices that were missed only the last is sent: nobody is
 * notified of 90 days when 20 are left.
 * @param replaceWithinMs how long a certificate whose attributes have changed counts at most (KAZASU_REPLACE_HOURS)
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
 * Of the time that a certificate with changed attributes is left, the person has the first part to replace it in; in the
 * rest, a half of it and at most a day, its revocation takes effect at a random moment.
 */
const windowOf = (replaceWithinMs: number): number =>
  Math.min(attributesChangedWindowMs, Math.floor(replaceWithinMs / 2));

/** Within how long the person is asked to replace it: at least half of the time that they have for it is left then. */
export const askWindow = (askWithinMs: number, replaceWithinMs: number): number =>
  Math.min(askWithinMs, Math.floor((replaceWithinMs - windowOf(replaceWithinMs)) / 2));

/** The least that is left of a window where its begin was missed, as after an outage. */
const leastWindowMs = 3_600_000;

/**
 * Within how many milliseconds from `now` the revocation of a certificate takes effect whose attributes have changed: by
 * `replaceWithinMs` after that. Where the act comes so late that hardly anything is left, the dates of a person's several
 * certificates would coincide: then within an hour, or half of the window where that is less.
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

/** A phone that was replaced is still asked about others for a while: so is one whose certificate is over. */
function newPhoneSteps({ tellsAt }: CertificateLife): Due[] {
  return tellsAt === null ? [] : [{ step: "tell-new-phone", at: tellsAt.getTime() }];
}

function staleSteps({ staleSince, noticed }: CertificateLife, replaceWithinMs: number): Due[] {
  if (staleSince === null) return [];
  const isAsked = noticed.some(({ kind }) => kind === "replace");
  return isAsked
    ? [{ step: "revoke-stale", at: staleSince.getTime() + replaceWithinMs - windowOf(replaceWithinMs) }]
    : [{ step: "ask-replacement", at: staleSince.getTime() }];
}
