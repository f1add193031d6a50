import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const clone = fileURLToPath(new URL("../..", import.meta.url));

/** A program that is running, and the lines that it has printed. */
export interface Running {
  /** Waits for a line that matches, from the first one on. */
  line(shape: RegExp): Promise<RegExpExecArray>;
  end(): Promise<void>;
}

/** Runs a command line in the clone, as a reader of the documentation does. */
export function running(command: string): Running {
  const env = { ...process.env, KAZASU_LOG_LEVEL: "error" };
  const child: ChildProcess = spawn("/bin/sh", ["-c", `exec ${command}`], {
    cwd: clone,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const seen: string[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of waiting) look();
  };
  createInterface({ input: child.stdout! }).on("line", (line) => {
    seen.push(line);
    wake();
  });
  const exit = once(child, "exit").finally(wake);
  return {
    line: (shape) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = seen.map((line) => shape.exec(line)).find((match) => match !== null);
          if (found) resolve(found);
          else if (child.exitCode !== null)
            reject(new Error(`${command} ended before ${String(shape)}: ${seen.join("\n")}`));
          else return;
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
    async end() {
      if (child.exitCode === null) child.kill("SIGTERM");
      await exit;
    },
  };
}

/** A folder for the data of one sandbox. */
export async function sandboxFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "kazasu-sandbox-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
