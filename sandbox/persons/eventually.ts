import { setTimeout as sleep } from "node:timers/promises";

const pauseMs = 150;

/** What will be there soon, asked for until it is; undefined when it was not within so many ms. */
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
