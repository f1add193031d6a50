import { readdir, readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { type Run, rounded } from "./measure.ts";

/** Milliseconds of CPU by program: `engine` is `kazasu up`, `bench` this process, the rest the servers by their names. */
export type CpuTimes = Record<string, number>;

/** Linux counts CPU in hundredths of a second, whatever the kernel was built with. */
const msPerTick = 10;
const quietMs = 500;
/** Schedules and polls of an idle stack stay below this share of one core. */
const idleShare = 0.3;
/** A stack that is busier than this for so long is measured as it is. */
const longestBacklogMs = 30_000;

/** Sums the CPU time used while a variant ran. */
export class CpuMeter {
  readonly #pid: number;
  readonly #used = new Map<string, { n: number; times: CpuTimes }>();

  /** `pid` is that of `kazasu up`, whose descendants are the servers. */
  constructor(pid: number) {
    this.#pid = pid;
  }

  /** Runs `work` and counts the CPU time used for `variant`. Passes over the same items count as one of each. */
  async around(variant: string, work: () => Promise<Run>, passes = 1): Promise<Run> {
    const before = await cpuTimes(this.#pid);
    const run = await work();
    const after = await cpuTimes(this.#pid);
    const entry = this.#used.get(variant) ?? { n: 0, times: {} };
    entry.n += run.latencies.length / passes;
    for (const [program, ms] of Object.entries(after)) {
      entry.times[program] = (entry.times[program] ?? 0) + ms - (before[program] ?? 0);
    }
    this.#used.set(variant, entry);
    return run;
  }

  /** Waits until the servers have finished what runs did not wait for: they are idle for half a second. */
  async quiet(): Promise<void> {
    const end = performance.now() + longestBacklogMs;
    for (let before = await this.#servers(); performance.now() < end; ) {
      await setTimeout(quietMs);
      const now = await this.#servers();
      if (now - before < quietMs * idleShare) return;
      before = now;
    }
  }

  async #servers(): Promise<number> {
    const { bench: _, ...servers } = await cpuTimes(this.#pid);
    return Object.values(servers).reduce((sum, ms) => sum + ms, 0);
  }

  perOne(): Record<string, CpuTimes> {
    const entries = [...this.#used].map(([variant, { n, times }]) => [
      variant,
      Object.fromEntries(Object.entries(times).map(([program, ms]) => [program, rounded(ms / n, 1)])),
    ]);
    return Object.fromEntries(entries);
  }
}

/** CPU time so far of this process, and of another and its descendants. The latter is empty without /proc. */
async function cpuTimes(pid: number): Promise<CpuTimes> {
  const all = await processes();
  const times: CpuTimes = {};
  const visit = (id: number): void => {
    const one = all.get(id);
    if (!one) return;
    const program = id === pid ? "engine" : one.program;
    times[program] = (times[program] ?? 0) + one.cpuMs;
    for (const [child, { parent }] of all) if (parent === id) visit(child);
  };
  visit(pid);
  const { user, system } = process.cpuUsage();
  return { ...times, bench: (user + system) / 1_000 };
}

interface Process {
  parent: number;
  program: string;
  cpuMs: number;
}

async function processes(): Promise<Map<number, Process>> {
  const ids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const read = await Promise.all(
    ids.map(async (id) => [id, parse(await readFile(`/proc/${id}/stat`, "utf8").catch(() => ""))] as const),
  );
  return new Map(read.filter((entry): entry is [number, Process] => entry[1] !== undefined));
}

/** proc_pid_stat(5): the program in parentheses, then state, parent, …; user and system time are fields 14 and 15. */
function parse(stat: string): Process | undefined {
  const [, program, rest] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? [];
  if (program === undefined || rest === undefined) return undefined;
  const fields = rest.split(" ");
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
  return { parent: Number(fields[1]), program, cpuMs: ticks * msPerTick };
}
