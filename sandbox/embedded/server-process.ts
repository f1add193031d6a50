import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Guard } from "./guard.ts";
import { signal } from "./processes.ts";

const KEPT_OUTPUT = 8_192;
const KEPT_LINES = 20;
const STOP_MS = 10_000;
const PROBE_MS = 25;

/** A server that we started as a child process. */
export interface ServerProcess {
  readonly pid: number;
  /** The end of its output, for the sentence that says why it failed. */
  output(): string;
  /** True until it has exited. */
  running(): boolean;
  /** Resolves when it has exited, with its code (null if a signal ended it). */
  readonly exited: Promise<number | null>;
  /** Resolves if it ends unexpectedly, with a sentence that says how, and its last output. */
  readonly died: Promise<string>;
  /** Stops it, with SIGKILL after ten seconds. */
  readonly stop: () => Promise<void>;
}

interface Launch {
  name: string;
  command: string;
  args: readonly string[];
  /** Its own home folder, in which it may look for a profile: not the user's, nor one that others can write to. */
  home: string;
  env?: Record<string, string>;
  uid?: number;
  gid?: number;
  stopSignal: "SIGINT" | "SIGTERM";
  guard: Guard;
  log: Logger;
}

/**
 * Starts a server in its own process group, so that Ctrl-C reaches only us and we control the order of the shutdown, and
 * registers it with the guard.
 */
export async function launch(options: Launch): Promise<ServerProcess> {
  const { name, command, args, home, env = {}, uid, gid, stopSignal, guard, log } = options;
  let output = "";
  const child = spawn(command, args, {
    detached: true,
    cwd: "/",
    env: { PATH: process.env.PATH ?? "", HOME: home, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  const pid = child.pid;
  if (pid !== undefined) guard.watch(pid, stopSignal);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-KEPT_OUTPUT);
      log.debug({ part: name }, text.trimEnd());
    });
  }
  let running = true;
  let asked = false;
  const exited = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => {
      running = false;
      if (pid !== undefined) guard.forget(pid);
      resolve(code);
    });
  });
  const died = new Promise<string>((resolve) => {
    // "close" comes after "exit", when the last output has been read.
    child.once("close", (code, by) => {
      if (!asked)
        resolve(`${name} (process ${pid}) ended by ${by ?? `exit code ${code}`}. ${lastWords(output)}`);
    });
  });
  await once(child, "spawn");
  return {
    pid: pid as number,
    output: () => output,
    running: () => running,
    exited,
    died,
    async stop() {
      if (!running) return;
      asked = true;
      signal(pid as number, stopSignal);
      const patience = new AbortController();
      const late = delay(STOP_MS, true, { signal: patience.signal }).catch(() => false);
      if (await Promise.race([exited.then(() => false), late])) {
        log.warn({ part: name }, `${name} did not stop in ${STOP_MS / 1000} s and is killed`);
        signal(-(pid as number), "SIGKILL");
      }
      patience.abort();
      await exited;
    },
  };
}

function lastWords(output: string): string {
  const words = output.trim().split("\n").slice(-KEPT_LINES).join("\n");
  return words === "" ? "It had no output." : `Its last output: ${words}`;
}

/**
 * Polls until a server answers.
 * @param probe resolves when it is ready, rejects while it is not
 * @returns "exited" if the process ended before that, "late" if it took too long
 */
export async function awaitReady(
  server: ServerProcess,
  probe: () => Promise<void>,
  timeoutMs: number,
): Promise<"ready" | "exited" | "late"> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (!server.running()) return "exited";
    const answered = await probe().then(
      () => true,
      () => false,
    );
    if (answered) return "ready";
    await delay(PROBE_MS);
  }
  return "late";
}
