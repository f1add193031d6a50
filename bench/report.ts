import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { HistoryFacts } from "./histories.ts";
import { type Result, rounded } from "./measure.ts";
import type { CpuTimes } from "./processes.ts";
import { median, type Runs } from "./runs.ts";

export const names = {
  empty: "(a) empty workflow",
  twoUpdates: "(b) two Updates, a local activity each",
  withActivity: "(c) as (b), and a regular activity in the first",
  oneTap: "one-tap issuance",
  firstTime: "one-tap issuance, first of a person",
  tap: "tap: card and phone only",
  card: "card verification, one core",
  status: "a status answer of the simulated J-LIS",
  rsa: "RSA-2048 verification of node:crypto, one core",
} as const;

export interface Measured {
  machine: Record<string, string | number>;
  versions: Record<string, string>;
  runs: Runs;
  warmStartsMs: number[];
  /** Milliseconds of CPU for one of each variant, by program. Linux only. */
  cpuMs: Record<string, CpuTimes>;
  histories: HistoryFacts;
}

interface Aim {
  name: string;
  want: string;
  got: number;
  met: boolean;
}

export interface Report {
  machine: Measured["machine"];
  versions: Measured["versions"];
  results: Result[];
  ratios: Record<string, number>;
  aims: Aim[];
  cpuMs: Measured["cpuMs"];
  histories: HistoryFacts;
}

/** Computes ratios, and compares them with the targets. */
export function compare({ machine, versions, runs, warmStartsMs, cpuMs, histories }: Measured): Report {
  const ratios: Record<string, number> = {};
  const aims: Aim[] = [];
  for (const concurrency of [1, 20]) {
    const to = (name: string, figure: "perSecond" | "p50Ms") =>
      runs.ratio(names.oneTap, name, concurrency, figure);
    for (const [letter, name] of [
      ["a", names.empty],
      ["b", names.twoUpdates],
      ["c", names.withActivity],
    ] as const) {
      ratios[`throughput to (${letter}) ×${concurrency}`] = to(name, "perSecond");
      ratios[`p50 to (${letter}) ×${concurrency}`] = to(name, "p50Ms");
    }
    const regular = runs.ratio(names.withActivity, names.twoUpdates, concurrency, "p50Ms");
    ratios[`p50 of (c) to (b) ×${concurrency}`] = regular;
    ratios[`share of an empty regular activity in what p50 has above (b) ×${concurrency}`] = rounded(
      (regular - 1) / (to(names.twoUpdates, "p50Ms") - 1),
      3,
    );
    aims.push(
      atLeast(`throughput to (b) ×${concurrency}`, 0.7, to(names.twoUpdates, "perSecond")),
      atMost(`p50 to (b) ×${concurrency}`, 1.5, to(names.twoUpdates, "p50Ms")),
    );
  }
  ratios["card verification to RSA-2048 verification"] = runs.ratio(names.card, names.rsa, 1, "perSecond");
  aims.push(atMost("kazasu up, warm, seconds", 8, rounded(median(warmStartsMs) / 1_000, 2)));
  return { machine, versions, results: runs.results(), ratios, aims, cpuMs, histories };
}

const atLeast = (name: string, want: number, got: number): Aim => ({
  name,
  want: `≥ ${want}`,
  got,
  met: got >= want,
});
const atMost = (name: string, want: number, got: number): Aim => ({
  name,
  want: `≤ ${want}`,
  got,
  met: got <= want,
});

export async function write(file: string, report: Report): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
}

/** The report in readable form, on stdout. */
export function print({ results, ratios, aims, cpuMs, histories }: Report): void {
  console.table(
    Object.fromEntries(results.map(({ name, ...figures }, index) => [`${index} ${name}`, figures])),
  );
  console.log("CPU for one, milliseconds:");
  console.table(cpuMs);
  console.log(`Histories: ${JSON.stringify(histories)}`);
  for (const [name, value] of Object.entries(ratios)) console.log(`  ${name}: ${value}`);
  for (const { name, want, got, met } of aims)
    console.log(`${met ? "✓" : "✗"} ${name}: ${got} (aim ${want})`);
}
