import { setTimeout as sleep } from "node:timers/promises";

/** A little less than a test's own limit (jest.config.mjs), so that it is this that says what did not come. */
export const patienceMs = 280_000;

/** What will be there soon, asked for until it is. */
export async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const got = await ask();
    if (got !== undefined) return got;
    if (performance.now() > deadline)
      throw new Error(`This did not come in ${patienceMs / 1_000} s: ${String(ask)}`);
    await sleep(100);
  }
}
