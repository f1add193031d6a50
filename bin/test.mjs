/** `npm test`: fetches and builds what is missing, runs jest, and ends with the line `N passed, N failed`. */
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { prepare, root } from "./bootstrap.mjs";
import { fail } from "./progress.mjs";
import { foreground, stopWithParent } from "./run.mjs";

const report = join(root, "var/test-results.json");

async function test(args) {
  const programs = await prepare({ fetch: ["temporal", "temporal-test-server"] });
  await mkdir(join(root, "var"), { recursive: true });
  await rm(report, { force: true });
  // jest passes these on to its workers.
  const preload = new URL("./end-with-parent.mjs", import.meta.url).href;
  const node = ["--disable-warning=ExperimentalWarning", "--import", preload];
  const jest = [join(root, "node_modules/jest/bin/jest.js"), "--json", `--outputFile=${report}`, ...args];
  const env = {
    // Programs that tests start through bin/ end with them, as below npm (run.mjs).
    npm_command: "test",
    // Hundreds of simulated cards: their keys may share primes (simulators/j-lis/related-rsa-keys.ts). Judges get real ones.
    ...(process.env.KAZASU_JUDGES ? {} : { KAZASU_SIMULATOR_RSA: "related" }),
    ...process.env,
    ...programs,
  };
  const code = await foreground(process.execPath, [...node, ...jest], { cwd: root, env });
  const { passed, failed } = await count(code);
  process.exitCode = code === 0 && failed > 0 ? 1 : code;
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
}

/** A suite that could not run counts as one failure; so does a jest run without a report. */
async function count(code) {
  try {
    const result = JSON.parse(await readFile(report, "utf8"));
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
    };
  } catch {
    return { passed: 0, failed: code === 0 ? 0 : 1 };
  }
}

stopWithParent();
await test(process.argv.slice(2)).catch(fail);
