import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { given } from "../transactions/programs.ts";

/** A receiver that runs: its lines, and its end. */
export interface Program {
  /** Everything it has written. */
  output: string[];
  /** Its next line of JSON with this `did`. */
  did(what: string): Promise<Record<string, unknown>>;
  /** The code that it ends with. */
  ended: Promise<number | null>;
  stop(): Promise<void>;
}

/** Starts one of the programs that `prepare.mjs` has built. */
export function startProgram(
  name: string,
  args: string[],
  env: Record<string, string>,
  cwd: string,
): Program {
  const child: ChildProcess = spawn(join(given("KAZASU_SSF_RECEIVERS"), name), args, {
    cwd,
    env: { PATH: process.env["PATH"], HOME: cwd, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  const said: Record<string, unknown>[] = [];
  const waiting: { what: string; take: (line: Record<string, unknown>) => void }[] = [];
  const ended = once(child, "exit").then(([code]) => code as number | null);
  for (const stream of [child.stdout!, child.stderr!])
    createInterface(stream).on("line", (line) => {
      output.push(line);
      if (!line.startsWith('{"did":')) return;
      const read = JSON.parse(line) as Record<string, unknown>;
      const at = waiting.findIndex(({ what }) => what === read["did"]);
      const [waiter] = at < 0 ? [] : waiting.splice(at, 1);
      if (waiter) waiter.take(read);
      else said.push(read);
    });
  return {
    output,
    ended,
    async did(what) {
      const at = said.findIndex((line) => line["did"] === what);
      const [line] = at < 0 ? [] : said.splice(at, 1);
      if (line) return line;
      const next = new Promise<Record<string, unknown>>((take) => waiting.push({ what, take }));
      const over = ended.then((code) => {
        throw new Error(`${name} ended with ${code}: ${output.slice(-20).join("\n")}`);
      });
      return Promise.race([next, over]);
    },
    async stop() {
      child.kill();
      await ended;
    },
  };
}
