import { randomInt } from "node:crypto";
import type { RevocationReason } from "../../protocol/revocation.ts";
import type { RevokedBy } from "../../registry/certificate/revocations.ts";

/*
 * When a revocation takes effect (docs/decisions/0021). One act may revoke what a person has at several parties. Were the
 * dates equal, those parties would find the person by them; so each revocation of such an act takes effect at a random
 * moment of its own within a window. What is asked for by the person, or cannot wait, has no window.
 */

/** At most this long after the act, milliseconds, where the attributes in a certificate have changed. */
export const attributesChangedWindowMs = 24 * 3_600_000;

/** At most this long after the act, milliseconds, where the person has died: what EN 319 411-1 REV-6.2.4 leaves at most. */
export const deathWindowMs = 3_600_000;

/**
 * At most this long after it, milliseconds, the person's other phones are notified of a first enrolment at a party: each app at a
 * random moment of its own.
 */
export const announcementWindowMs = 24 * 3_600_000;

/**
 * The window of what operators approved, milliseconds; 0: none. Whoever asks at a desk has none, nor has what operators
 * do of their own accord, but for changed attributes.
 */
export function operatorsWindowMs(reason: RevocationReason, because: "death" | undefined): number {
  if (because === "death") return deathWindowMs;
  return reason === "affiliationChanged" ? attributesChangedWindowMs : 0;
}

/** Reasons that never wait: somebody else may hold the key, or the person holds another one by now. */
const urgent: readonly RevocationReason[] = ["keyCompromise", "superseded", "privilegeWithdrawn"];

/**
 * Whether a revocation may take effect later than it is written.
 * @returns false for what the person or a key's holder asks for, and for reasons that never wait
 */
export const mayWait = (reason: RevocationReason, by: RevokedBy): boolean =>
  (by === "operator" || by === "engine") && !urgent.includes(reason);

const mostDraws = 64;

/**
 * Draws after how many whole seconds each revocation of one act takes effect: uniformly, by the system's random number
 * generator, from 1 to its own limit, and no two alike where the limits leave room for that.
 * @param limits whole seconds; 0 or less: with the act
 * @returns in the order of the limits; 0: with the act
 */
export function drawDelays(limits: readonly number[]): number[] {
  const drawn = new Set<number>();
  const delays = limits.map(() => 0);
  // The narrowest first: the others find room beside it.
  const order = [...limits.entries()].filter(([, limit]) => limit >= 1).toSorted(([, a], [, b]) => a - b);
  for (const [index, limit] of order) {
    let delay = randomInt(1, limit + 1);
    for (let draws = 1; drawn.has(delay) && draws < mostDraws; draws += 1) delay = randomInt(1, limit + 1);
    drawn.add(delay);
    delays[index] = delay;
  }
  return delays;
}
