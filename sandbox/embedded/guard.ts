import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The process that outlives us: see guard.mjs. */
export interface Guard {
  readonly pid: number;
  /** Ends this process, with this signal first, if we die before `forget`. */
  watch(pid: number, signal: "SIGINT" | "SIGTERM"): void;
  forget(pid: number): void;
  /** Removes this folder at the very end, however we end. */
  removeAtEnd(folder: string): void;
  /** Ends the guard: it ends what is still watched, removes its folders, and exits. */
  close(): Promise<void>;
}

/**
 * Starts the guard in its own session, so that neither Ctrl-C nor a closed terminal reaches it.
 * @param onChange called with the watched pids after each change
 * @param graceMs how long the watched processes may take to end before they are killed
 */
export async function startGuard(
  onChange: (pids: readonly number[]) => void = () => {},
  graceMs = 8_000,
): Promise<Guard> {
  const script = fileURLToPath(new URL("./guard.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, String(graceMs)], {
    detached: true,
    cwd: "/",
    env: {},
    stdio: ["pipe", "ignore", "ignore"],
  });
  const exited = once(child, "exit");
  await once(child, "spawn");
  child.stdin.on("error", () => {}); // a killed guard: close without it
  const send = (line: string) => void child.stdin.write(`${line}\n`);
  const watched = new Set<number>();
  return {
    pid: child.pid as number,
    watch(pid, signal) {
      send(`watch ${pid} ${signal}`);
      watched.add(pid);
      onChange([...watched]);
    },
    forget(pid) {
      send(`forget ${pid}`);
      watched.delete(pid);
      onChange([...watched]);
    },
    removeAtEnd: (folder) => send(`folder ${folder}`),
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}
