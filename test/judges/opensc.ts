import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { readerNames } from "./pcscd.ts";

export const run = promisify(execFile);
export const command = fileURLToPath(new URL("../../bin/kazasu.mjs", import.meta.url));
export const pin = "ABC12345";

/** A command of the engine that runs until it is stopped; `first` is its first line. */
export async function started(
  ...args: string[]
): Promise<{ first: string; lines: string[]; stop(): Promise<void> }> {
  const child: ChildProcess = spawn(process.execPath, [command, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, KAZASU_LOG_LEVEL: "error" },
  });
  const lines: string[] = [];
  const reading = createInterface({ input: child.stdout! });
  reading.on("line", (line) => lines.push(line));
  const first = await Promise.race([once(reading, "line"), once(child, "exit")]);
  if (typeof first[0] !== "string")
    throw new Error(`kazasu ${args.join(" ")} ended with ${String(first[0])}.`);
  return {
    first: first[0],
    lines,
    async stop() {
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      await exit;
    },
  };
}

/** A program of OpenSC's; what it says on both streams, whether it fails or not. */
export async function openSc(
  program: string,
  ...args: string[]
): Promise<{ ok: boolean; out: string; said: string }> {
  const reader = program === "pkcs11-tool" ? ["--module", "opensc-pkcs11.so"] : ["--reader", readerNames[0]];
  const options = { env: process.env, maxBuffer: 4 * 1_048_576 };
  return run(program, [...reader, ...args], options).then(
    ({ stdout, stderr }) => ({ ok: true, out: stdout, said: stdout + stderr }),
    (failed: { stdout: string; stderr: string }) => ({
      ok: false,
      out: failed.stdout,
      said: failed.stdout + failed.stderr,
    }),
  );
}
