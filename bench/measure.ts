/** One line of a bench's result. Times in milliseconds. */
export interface Result {
  name: string;
  concurrency: number;
  n: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

/** The result of one run: the time of each item, and of all, and the CPU time of this process where it matters. Milliseconds. */
export interface Run {
  latencies: number[];
  elapsedMs: number;
  cpuMs?: number;
}

/** Runs `work` for 0 to n-1, `concurrency` at a time. */
export async function run(
  n: number,
  concurrency: number,
  work: (index: number) => Promise<unknown>,
): Promise<Run> {
  const latencies = Array.from<number>({ length: n });
  let next = 0;
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const lane = async (): Promise<void> => {
    for (let index = next++; index < n; index = next++) {
      const start = performance.now();
      await work(index);
      latencies[index] = performance.now() - start;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  const { user, system } = process.cpuUsage(cpu);
  return { latencies, elapsedMs: performance.now() - begun, cpuMs: (user + system) / 1_000 };
}

/** Two consecutive runs as one, without the time between them. */
export const joined = (a: Run, b: Run): Run => ({
  latencies: a.latencies.map((ms, index) => ms + (b.latencies[index] ?? 0)),
  elapsedMs: a.elapsedMs + b.elapsedMs,
});

/** The value below which `share` of the values lie (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
