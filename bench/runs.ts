import { percentile, type Result, type Run, rounded } from "./measure.ts";

/** The measurements so far, by name and concurrency; one run for each round. */
export class Runs {
  readonly #runs = new Map<string, { name: string; concurrency: number; of: Run[] }>();

  add(name: string, concurrency: number, run: Run): void {
    const key = keyOf(name, concurrency);
    const entry = this.#runs.get(key) ?? { name, concurrency, of: [] };
    entry.of.push(run);
    this.#runs.set(key, entry);
  }

  results(): Result[] {
    return [...this.#runs.values()].map(({ name, concurrency, of }) => summarise(name, concurrency, of));
  }

  /**
   * The ratio of one variant to another: computed within each round, then the median, so that different load in different
   * rounds does not matter.
   */
  ratio(of: string, to: string, concurrency: number, figure: keyof typeof figures): number {
    const [upper, lower] = [of, to].map((name) => this.#of(name, concurrency).map(figures[figure]));
    return rounded(median((upper ?? []).map((value, round) => value / (lower?.[round] ?? Number.NaN))), 3);
  }

  #of(name: string, concurrency: number): Run[] {
    const entry = this.#runs.get(keyOf(name, concurrency));
    if (!entry) throw new Error(`Nothing was measured for ${keyOf(name, concurrency)}.`);
    return entry.of;
  }
}

const keyOf = (name: string, concurrency: number): string => `${name} ×${concurrency}`;

const figures = {
  perSecond: ({ latencies, elapsedMs }: Run): number => (latencies.length * 1_000) / elapsedMs,
  p50Ms: ({ latencies }: Run): number => percentile(latencies, 0.5),
  /** Items for each second of this process's CPU time: of use where other programs load the machine. */
  perCpuSecond: ({ latencies, cpuMs = Number.NaN }: Run): number => (latencies.length * 1_000) / cpuMs,
};

/** The middle value; for an even number of values, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** Several runs as one line: throughput is the median of the runs, percentiles are over all. */
function summarise(name: string, concurrency: number, runs: readonly Run[]): Result {
  const latencies = runs.flatMap((run) => run.latencies);
  return {
    name,
    concurrency,
    n: latencies.length,
    perSecond: rounded(median(runs.map(figures.perSecond)), 1),
    p50Ms: rounded(percentile(latencies, 0.5), 3),
    p99Ms: rounded(percentile(latencies, 0.99), 3),
  };
}
