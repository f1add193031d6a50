/** Keys that are remembered; one that is forgotten starts anew. */
const mostKeys = 100_000;
const minuteMs = 60_000;

/**
 * How often something may happen a minute for each key, by the generic cell rate algorithm: as many at once, and then one
 * at a time as the minute goes by. In the memory of this process.
 */
export class KeyedLimit {
  readonly #perMinute: number;
  readonly #clock: () => Date;
  /** When each key will have made up for what it did, ms since 1970; the least recent first. */
  readonly #evenAt = new Map<string, number>();

  constructor({ perMinute, clock }: { perMinute: number; clock: () => Date }) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /**
   * Counts one.
   * @returns undefined where it may happen; otherwise, uncounted, in how many seconds the next may
   */
  count(key: string): number | undefined {
    const now = this.#clock().getTime();
    const each = minuteMs / this.#perMinute;
    const evenAt = Math.max(now, this.#evenAt.get(key) ?? now);
    const waitMs = evenAt + each - now - minuteMs;
    if (waitMs > 0) return Math.ceil(waitMs / 1_000);
    this.#evenAt.delete(key);
    this.#evenAt.set(key, evenAt + each);
    const leastRecent = this.#evenAt.keys().next().value;
    if (this.#evenAt.size > mostKeys && leastRecent !== undefined) this.#evenAt.delete(leastRecent);
    return undefined;
  }
}
