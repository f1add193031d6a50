/** The most keys remembered; a forgotten key starts from zero. */
const mostKeys = 100_000;
const minuteMs = 60_000;

/**
 * A rate limit per key and minute, by the generic cell rate algorithm: a full burst at once, then evenly spaced. In the memory
 * of this process.
 */
export class KeyedLimit {
  readonly #perMinute: number;
  readonly #clock: () => Date;
  /** When each key has used up its debt, ms since 1970; the least recent first. */
  readonly #evenAt = new Map<string, number>();

  constructor({ perMinute, clock }: { perMinute: number; clock: () => Date }) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /**
   * Counts one request.
   * @returns undefined if it is allowed; otherwise, uncounted, the seconds to wait
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
