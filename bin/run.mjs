import { spawn } from "node:child_process";

const LIMIT = 64 * 1024;

/**
 * Runs a program to its end and returns what it wrote; never through a shell.
 * @param {string} program
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<{ code: number | null, output: string }>} `code` is null when it could not be started or was
 * ended by a signal; `output` is the last 64 KiB of stdout and stderr together
 */
export function capture(program, args, options = {}) {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output = (output + text).slice(-LIMIT);
      });
    }
    child.once("error", (error) => resolve({ code: null, output: error.message }));
    child.once("close", (code) => resolve({ code, output }));
  });
}

/**
 * Runs a program in the foreground: it shares our terminal, gets our SIGINT and SIGTERM, and is waited for.
 * @returns {Promise<number>} its exit code; 128 + n if a signal ended it
 */
export function foreground(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", ...options });
    const forward = (signal) => {
      // From a terminal Ctrl-C goes to the whole process group: the child has it already.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    process.on("SIGINT", forward).on("SIGTERM", forward);
    const settle = (done) => {
      process.off("SIGINT", forward).off("SIGTERM", forward);
      done();
    };
    child.once("error", (error) => settle(() => reject(error)));
    child.once("exit", (code, signal) =>
      settle(() => resolve(code ?? 128 + ({ SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0))),
    );
  });
}
