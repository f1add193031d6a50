import type { Run } from "../measure.ts";

/** Runs `work` repeatedly, `concurrency` at a time, for `ms`: fast work is then repeated more often. */
export async function during(ms: number, concurrency: number, work: () => Promise<unknown>): Promise<Run> {
  const latencies: number[] = [];
  const begun = performance.now();
  const lane = async (): Promise<void> => {
    while (performance.now() - begun < ms) {
      const start = performance.now();
      await work();
      latencies.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return { latencies, elapsedMs: performance.now() - begun };
}
