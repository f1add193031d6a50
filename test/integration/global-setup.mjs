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
      // On a busy machine an answer takes long: the phone of a test does not try again, and gives up after 40 s.
      KAZASU_ANSWER_SECONDS: "35",
      // A week in 34 seconds: a busy machine delivers in it what is to be delivered, and one test waits for its end. J-LIS is
      // asked every second for what is not there yet.
      KAZASU_TIME_SCALE: "18000",
      KAZASU_CERTIFICATE_POLL_HOURS: "1",
      // Nobody's time runs out while a busy machine gets to it: half an hour to answer a change, 5 minutes to acknowledge it.
      KAZASU_CONFIRM_DAYS: "365",
      KAZASU_ACKNOWLEDGE_DAYS: "60",
      // A party's app asks within two seconds; of a changed certificate the person has more than a minute to see it.
      KAZASU_ASK_SPREAD_MINUTES: "600",
      KAZASU_REPLACE_HOURS: "720",
      KAZASU_OPERATORS: await makeOperators(directory),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? signal));
  });
  const line = await Promise.race([
    new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve)),
    ended.then((how) => Promise.reject(new Error(`kazasu up ended with ${how} before it was ready.`))),
  ]);
  const stack = { child, ended, directory, asked: false };
  void reportDeath(stack);
  globalThis.kazasuStack = stack;
  process.env.KAZASU_INTEGRATION = JSON.stringify({ ...JSON.parse(line), directory });
}

/** Its last output is above already: it shares our stderr. */
async function reportDeath(stack) {
  const how = await stack.ended;
  if (!stack.asked)
    process.stderr.write(
      `kazasu up, which all integration tests share, ended with ${how}: what comes after this failed for that.\n`,
    );
}
