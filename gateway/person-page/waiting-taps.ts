/** The most open taps in this process. */
export const mostWaiting = 20_000;

/**
 * Taps that were begun and wait for a card. Anybody may begin one, and nobody is refused: if there are too many, the address
 * with the most loses its oldest, so that a crowd or an attacker affects its own taps first. In the memory of this process.
 */
export class WaitingTaps {
  readonly #most: number;
  /** The address and expiry of each, ms since 1970; the oldest first, because all have the same lifetime. */
  readonly #taps = new Map<string, { place: string; until: number }>();
  readonly #byPlace = new Map<string, Set<string>>();

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns the tap to be dropped for this one */
  add(id: string, place: string, { expiresAt, now }: { expiresAt: Date; now: Date }): string | undefined {
    for (const [each, { until }] of this.#taps) {
      if (until > now.getTime()) break;
      this.#forget(each);
    }
    this.#taps.set(id, { place, until: expiresAt.getTime() });
    this.#byPlace.set(place, (this.#byPlace.get(place) ?? new Set()).add(id));
    if (this.#taps.size <= this.#most) return undefined;
    const oldest = this.#oldestOfTheMost();
    if (oldest !== undefined) this.#forget(oldest);
    return oldest;
  }

  #oldestOfTheMost(): string | undefined {
    let most: Set<string> | undefined;
    for (const ids of this.#byPlace.values()) if (ids.size > (most?.size ?? 0)) most = ids;
    return most?.values().next().value;
  }

  #forget(id: string): void {
    const place = this.#taps.get(id)?.place ?? "";
    const ids = this.#byPlace.get(place);
    ids?.delete(id);
    if (ids?.size === 0) this.#byPlace.delete(place);
    this.#taps.delete(id);
  }
}
