import { percentile, type Result, type Run, rounded } from "../measure.ts";

/**
 * Runs of several variants in rounds; ratios are taken within a round, so that load on the machine affects all variants alike.
 */
export class Rounds {
  readonly #runs = new Map<string, { concurrency: number; runs: Run[] }>();

  add(name: string, concurrency: number, run: Run): void {
    const entry = this.#runs.get(name) ?? { concurrency, runs: [] };
    entry.runs.push(run);
    this.#runs.set(name, entry);
  }

  results(): Result[] {
    return [...this.#runs].map(([name, { concurrency, runs }]) => {
      const latencies = runs.flatMap((run) => run.latencies);
      return {
        name,
        concurrency,
        n: latencies.length,
        perSecond: rounded(median(runs.map(rate)), 3),
        p50Ms: rounded(percentile(latencies, 0.5), 3),
        p99Ms: rounded(percentile(latencies, 0.99), 3),
      };
    });
  }

  /** How many times as many per second `name` does as `other`: median over the rounds. */
  ratio(name: string, other: string, digits = 3): number {
    const others = this.#runsOf(other);
    const ratios = this.#runsOf(name).map((run, round) => rate(run) / rate(others[round] ?? run));
    return rounded(median(ratios), digits);
  }

  #runsOf(name: string): Run[] {
    const entry = this.#runs.get(name);
    if (entry === undefined) throw new Error(`Nothing of "${name}" was measured.`);
    return entry.runs;
  }
}

const rate = ({ latencies, elapsedMs }: Run): number => (latencies.length / elapsedMs) * 1_000;

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
