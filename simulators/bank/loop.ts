/** Repeated work, one round at a time, until the bank closes. */
export interface Loop {
  /** Starts the next round now, or right after the running one. */
  ring(): void;
  /** Resolves when the loop has ended, after `closing`. */
  ended: Promise<void>;
}

/**
 * Starts a loop. `round` returns the milliseconds until the next one; `undefined` waits for `ring`. An error is passed to
 * `failed` (not while closing), which returns when to retry.
 */
export function startLoop(options: {
  round: () => Promise<number | undefined>;
  failed: (error: unknown) => number;
  closing: AbortSignal;
}): Loop {
  const { round, failed, closing } = options;
  let rung = false;
  let wake: (() => void) | undefined;
  const ring = () => {
    rung = true;
    wake?.();
  };
  const pause = (milliseconds: number | undefined) =>
    new Promise<void>((resolve) => {
      if (rung || closing.aborted) return resolve();
      const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  closing.addEventListener("abort", ring);
  const run = async () => {
    while (!closing.aborted) {
      rung = false;
      const next = await round().catch((error: unknown) => (closing.aborted ? undefined : failed(error)));
      await pause(next);
    }
  };
  return { ring, ended: run() };
}

/** Intervals that double from `firstMs` to half a minute, until reset. */
export function backoff(firstMs: number): { next(): number; reset(): void } {
  let failures = 0;
  return {
    next: () => Math.min(firstMs * 2 ** failures++, 30_000),
    reset: () => {
      failures = 0;
    },
  };
}
