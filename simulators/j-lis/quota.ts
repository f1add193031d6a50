import { HttpRefusal } from "../http.ts";

/**
 * A rate limit: a bucket that fills with this many tokens a second, and has the same capacity, at least one. Without a rate
 * there is no limit.
 */
export class Quota {
  readonly #clock: () => Date;
  #perSecond: number | null = null;
  #tokens = 0;
  #at = 0;

  constructor(clock: () => Date) {
    this.#clock = clock;
  }

  get perSecond(): number | null {
    return this.#perSecond;
  }

  /** Sets the rate, with a full bucket; `null` removes it. */
  set(perSecond: number | null): void {
    this.#perSecond = perSecond;
    this.#tokens = Math.max(1, perSecond ?? 1);
    this.#at = this.#clock().getTime();
  }

  /** Takes a token. Without one, 429 with Retry-After in whole seconds. */
  spend(): void {
    const rate = this.#perSecond;
    if (rate === null) return;
    const now = this.#clock().getTime();
    this.#tokens = Math.min(Math.max(1, rate), this.#tokens + ((now - this.#at) / 1_000) * rate);
    this.#at = now;
    if (this.#tokens < 1) {
      const seconds = String(Math.ceil((1 - this.#tokens) / rate));
      throw new HttpRefusal(429, "QUOTA_USED_UP", "There were too many requests.", `Wait ${seconds} s.`, {
        "retry-after": seconds,
      });
    }
    this.#tokens -= 1;
  }
}
