import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A running `kazasu up`. */
export interface RunningStack {
  pid: number;
  /** From the spawn to the line of JSON. */
  startedInMs: number;
  addresses: Record<"temporal" | "namespace" | "postgres" | "gateway" | "jlis", string>;
  /** Sends SIGTERM, and waits for the end. */
  stop(): Promise<void>;
}

/** The folder of the clone: this file is below dist/bench. */
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Starts `kazasu up --json --data directory` and waits until it reports that it is ready. */
export async function startStack(directory: string): Promise<RunningStack> {
  const begun = performance.now();
  const child = spawn(process.execPath, [join(root, "bin/kazasu.mjs"), "up", "--json", "--data", directory], {
    env: {
      ...process.env,
      // All requests come from one address here, and a few people tap for many: raise their limits.
      KAZASU_RATE_LIMIT: "1000000",
      KAZASU_CARD_QUESTIONS_PER_HOUR: "1000000",
      KAZASU_LOG_LEVEL: "error",
      // More than a hundred people, whose cards are not measured: their keys may share primes.
      KAZASU_SIMULATOR_RSA: "related",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const line = await firstLine(child);
  const startedInMs = performance.now() - begun;
  return {
    pid: child.pid!,
    startedInMs,
    addresses: JSON.parse(line) as RunningStack["addresses"],
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).once("line", resolve);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`kazasu up ended with ${code} before it was ready.`)));
  });
}
