import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Guard, startGuard } from "../../sandbox/embedded/guard.ts";
import type { Stack } from "../../sandbox/embedded/stack.ts";

export type Addresses = Omit<Stack, "close">;

/** A process of the engine, to be killed as a power cut does it. */
export interface EngineProcess {
  /** What it wrote to stderr so far. */
  log(): string;
  /** Resolves when it has ended, with its exit code or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** SIGKILL, and waits for its end. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for its end; returns the exit code. */
  stop(): Promise<number | NodeJS.Signals>;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** `kazasu …` as built, not through bin/, which would first look whether to build. */
const kazasu = (...args: string[]): [string, ...string[]] => {
  const main = new URL("../../dist/cli/main.js", import.meta.url).href;
  const script = `import { main } from "${main}"; process.exitCode = await main(${JSON.stringify(args)});`;
  return [process.execPath, "--input-type=module", "--eval", script];
};

/** Ends what a test has started should the test's own process be killed. */
let guard: Guard | undefined;

/** Starts {@link file://./fault-stack.mjs}; its second part ends it, and whatever of the engine still runs. */
export async function startFaultStack(): Promise<{ addresses: Addresses; stack: EngineProcess }> {
  const child = spawn(process.execPath, [here("./fault-stack.mjs")], { stdio: ["pipe", "pipe", "pipe"] });
  const stack = watch(child, "The stack");
  createInterface({ input: child.stderr }).on("line", (said) => {
    if (said.includes('"level":50')) process.stderr.write(`${said}\n`); // a server of its own has died, say
  });
  const line = once(createInterface({ input: child.stdout }), "line") as Promise<[string]>;
  guard = await startGuard();
  const [text] = await beforeEnd(stack, line);
  const stop = async () => {
    await guard?.close();
    return stack.stop();
  };
  return { addresses: JSON.parse(text) as Addresses, stack: { ...stack, stop } };
}

/** The engine's processes as an operator starts them; each resolves when it is ready. */
export function engineProcesses({ environment }: Addresses) {
  const start = async (
    name: string | undefined,
    ready: string,
    [command, ...args]: [string, ...string[]],
    more: Record<string, string> = {},
  ): Promise<EngineProcess> => {
    const child = spawn(command, args, {
      env: { ...process.env, KAZASU_LOG_LEVEL: "debug", ...environment, ...more },
      stdio: ["ignore", "ignore", "pipe"],
    });
    if (child.pid !== undefined) guard?.watch(child.pid, "SIGTERM");
    const started = watch(child, name);
    void started.ended.then(() => child.pid !== undefined && guard?.forget(child.pid));
    await beforeEnd(started, seen(child, ready));
    return started;
  };
  return {
    worker: (more: Record<string, string> = {}) =>
      start("The worker", "worker is running", kazasu("worker"), more),
    /** A worker that can write to no file: each write fails as on a full disk (EFBIG). */
    workerOnFullDisk: () =>
      start("The worker", "worker is running", [
        "/bin/sh",
        "-c",
        'ulimit -f 0 && exec "$@"',
        "sh",
        ...kazasu("worker"),
      ]),
    /** See fault-worker.mjs. */
    faultyWorker: (...fault: string[]) =>
      start(undefined, "worker is running", [process.execPath, here("./fault-worker.mjs"), ...fault]),
    gateway: (more: Record<string, string> = {}) =>
      start("The gateway", "gateway is ready", kazasu("gateway", "--no-status"), more),
    status: () => start("The status server", "status listeners are ready", kazasu("status")),
  };
}

const logs = new WeakMap<ChildProcess, () => string>();

/** One with a name that ends without being asked says so at once: the tests fail by what they wait for from it. */
function watch(child: ChildProcess, name: string | undefined): EngineProcess {
  let log = "";
  let asked = false;
  logs.set(child, () => log);
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("close", (code, signal) => {
      const how = code ?? signal ?? 1;
      if (!asked && name !== undefined)
        process.stderr.write(`${name} ended with ${how}. ${lastWords(log)}\n`);
      resolve(how);
    });
  });
  const endBy = async (signal: NodeJS.Signals) => {
    asked = true;
    child.kill(signal);
    return ended;
  };
  return {
    log: () => log,
    ended,
    kill: async () => void (await endBy("SIGKILL")),
    stop: () => endBy("SIGTERM"),
  };
}

/** Waits until these words came on stderr. */
async function seen(child: ChildProcess, words: string): Promise<void> {
  const log = logs.get(child)!;
  while (!log().includes(words)) await once(child.stderr!, "data");
}

async function beforeEnd<T>(started: EngineProcess, ready: Promise<T>): Promise<T> {
  const result = await Promise.race([ready.then((value) => ({ value })), started.ended]);
  if (typeof result === "object") return result.value;
  throw new Error(`It ended with ${result} before it was ready: ${lastWords(started.log())}`);
}

const lastWords = (log: string): string =>
  log === "" ? "It had no output." : `Its last output: ${log.slice(-2_000)}`;
