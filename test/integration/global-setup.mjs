import { spawn } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { makeOperators } from "./operators.mjs";

/** One stack for all integration tests: the real `kazasu up`, as a user starts it. Tests make their own cards. */
export default async function globalSetup() {
  const directory = await mkdtemp(join(tmpdir(), "kazasu-integration-"));
  const child = spawn(process.execPath, ["bin/kazasu.mjs", "up", "--json", "--data", directory], {
    env: {
      ...process.env,
      KAZASU_RATE_LIMIT: "100000",
      KAZASU_LOG_LEVEL: "error",
      // A week in 17 seconds, a month in 72, and J-LIS asked every second for what is not there yet.
      KAZASU_TIME_SCALE: "36000",
      KAZASU_CERTIFICATE_POLL_HOURS: "1",
      KAZASU_OPERATORS: await makeOperators(directory),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await Promise.race([
    new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve)),
    new Promise((_, reject) =>
      child.once("exit", (code) => reject(new Error(`kazasu up ended with ${code} before it was ready.`))),
    ),
  ]);
  globalThis.kazasuStack = { child, directory };
  process.env.KAZASU_INTEGRATION = JSON.stringify({ ...JSON.parse(line), directory });
}
