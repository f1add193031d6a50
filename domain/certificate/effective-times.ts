import { randomInt } from "node:crypto";
import type { RevocationReason } from "../../protocol/revocation.ts";
import type { RevokedBy } from "../../registry/certificate/revocations.ts";

/*
 * When a revocation takes effect (docs/decisions/0021). One act may revoke a person's certificates at several parties. Equal
 * dates would let those parties match the person, so each revocation takes effect at its own random time within a window.
 * A revocation that the person requests, or that is urgent, has no window.
 */

/** The longest delay after the act, milliseconds, if the attributes in a certificate have changed. */
export const attributesChangedWindowMs = 24 * 3_600_000;

/**
 * The longest delay after the act, milliseconds, if the person has died: the maximum under EN 319 411-1 REV-6.2.4.
 */
export const deathWindowMs = 3_600_000;

/**
 * The longest delay, milliseconds, before the person's other phones are notified of a first enrolment at a party:
 * each app at its own random time.
 */
export const announcementWindowMs = 24 * 3_600_000;

/**
 * The window of a revocation approved by operators, milliseconds; 0: none. Requests made at a desk have no window,
 * nor do the operators' own revocations, except for changed attributes.
 */
export function operatorsWindowMs(reason: RevocationReason, because: "death" | undefined): number {
  if (because === "death") return deathWindowMs;
  return reason === "affiliationChanged" ? attributesChangedWindowMs : 0;
}

/** Reasons without a window: somebody else may hold the key, or the person already has another one. */
const urgent: readonly RevocationReason[] = ["keyCompromise", "superseded", "privilegeWithdrawn"];

/**
 * Whether a revocation may take effect later than it is recorded.
 * @returns false if the person or the key's holder requests it, and for urgent reasons
 */
export const mayWait = (reason: RevocationReason, by: RevokedBy): boolean =>
  (by === "operator" || by === "engine") && !urgent.includes(reason);

const mostDraws = 64;

/**
 * Draws the delay, in whole seconds, of each revocation of one act: uniformly, by the system's random number
 * generator, from 1 to its own limit, without duplicates if the limits allow it.
 * @param limits whole seconds; 0 or less: no delay
 * @returns in the order of the limits; 0: no delay
 */
export function drawDelays(limits: readonly number[]): number[] {
  const drawn = new Set<number>();
  const delays = limits.map(() => 0);
  // The narrowest limit first, so that the wider ones can avoid its value.
  const order = [...limits.entries()].filter(([, limit]) => limit >= 1).toSorted(([, a], [, b]) => a - b);
  for (const [index, limit] of order) {
    let delay = randomInt(1, limit + 1);
    for (let draws = 1; drawn.has(delay) && draws < mostDraws; draws += 1) delay = randomInt(1, limit + 1);
    drawn.add(delay);
    delays[index] = delay;
  }
  return delays;
}
