import { setTimeout as sleep } from "node:timers/promises";

const pauseMs = 150;

/** Polls until there is a result; undefined after so many ms. */
export async function eventually<T>(
  ask: () => Promise<T | undefined>,
  withinMs: number,
): Promise<T | undefined> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const got = await ask();
    if (got !== undefined || performance.now() > deadline) return got;
    await sleep(pauseMs);
  }
}
