import { spawn } from "node:child_process";

const LIMIT = 64 * 1024;
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGKILL: 137, SIGTERM: 143 };
const ORPHAN_CHECK_MS = 250;

/**
 * Runs a program to its end and returns its output; never through a shell. If we get a stop signal, it is stopped too, and we
 * exit.
 * @param {string} program
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<{ code: number | null, output: string }>} `code` is null if it could not be started or was ended by a
 *   signal; `output` is the last 64 KiB of stdout and stderr together
 */
export function capture(program, args, options = {}) {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const release = onStop((signal) => {
      child.kill(signal);
      child.once("close", () => process.exit(EXIT_CODES[signal]));
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output = (output + text).slice(-LIMIT);
      });
    }
    child.once("error", (error) => {
      release();
      resolve({ code: null, output: error.message });
    });
    child.once("close", (code) => {
      release();
      resolve({ code, output });
    });
  });
}

/**
 * Runs a program in the foreground: it shares our terminal, gets our SIGINT and SIGTERM, and is waited for.
 * @returns {Promise<number>} its exit code; 128 + n if a signal ended it
 */
export function foreground(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", ...options });
    const release = onStop((signal) => {
      // From a terminal Ctrl-C is sent to the whole process group: the child already has it.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
    child.once("error", (error) => {
      release();
      reject(error);
    });
    child.once("exit", (code, signal) => {
      release();
      resolve(code ?? EXIT_CODES[signal] ?? 1);
    });
  });
}

/**
 * npm and npx run us below a shell and, on a stop signal, may end only that shell. Losing the parent then means the same as
 * SIGTERM. Started otherwise, outliving the parent may be intended (nohup), and nothing is done.
 */
export function stopWithParent() {
  if (process.env.npm_command === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, ORPHAN_CHECK_MS);
  timer.unref();
}

function onStop(listener) {
  const signals = ["SIGHUP", "SIGINT", "SIGTERM"];
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}
