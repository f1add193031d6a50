/** How the suite's own runtime (test/jest-runtime/) runs test files: jest itself, on files whose outcome is known. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "@jest/globals";

interface Outcome {
  title: string;
  status: string;
  failureMessages: string[];
}

const rootDir = fileURLToPath(new URL("../../..", import.meta.url));
let outcomes: Map<string, Outcome>;

beforeAll(() => {
  const config = {
    rootDir,
    testMatch: ["<rootDir>/test/unit/runtime/fixtures/*.fixture.ts"],
    modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/var/"],
    runtime: "<rootDir>/test/jest-runtime/runtime.cjs",
    testEnvironment: "<rootDir>/test/jest-runtime/environment.cjs",
    testSequencer: "<rootDir>/test/unit/runtime/in-order.cjs",
    transform: {},
  };
  const jest = join(rootDir, "node_modules/jest/bin/jest.js");
  const args = [jest, "--runInBand", "--json", "--config", JSON.stringify(config)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: rootDir, encoding: "utf8" });
  expect(stderr).toContain("Test Suites: 1 failed, 1 passed, 2 total");
  const { testResults } = JSON.parse(stdout) as { testResults: { assertionResults: Outcome[] }[] };
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  outcomes = new Map(all.map((outcome) => [outcome.title, outcome]));
});

test.each([
  "counts in a module",
  "leaves a variable, an exit code and a spy",
  "counts in a module of its own",
  "finds nothing that another file has left",
])("ok/%s", (title) => {
  expect(outcomes.get(title)).toMatchObject({ status: "passed", failureMessages: [] });
});

test.each([
  ["fails in line 19", "leaves.fixture.ts"],
  ["never ends", "Exceeded timeout of 100 ms"],
  ["expects more", "Expected two assertions to be called"],
  ["rejects elsewhere", "nobody waits for this"],
  ["does not pass", "not ready"],
])("fail/%s", (title, words) => {
  const { status, failureMessages } = outcomes.get(title)!;
  expect(status).toBe("failed");
  expect(failureMessages.join("\n")).toContain(words);
});

test("fail/a failure is reported with its line in the source", () => {
  expect(outcomes.get("fails in line 19")!.failureMessages.join("\n")).toMatch(
    /leaves\.fixture\.ts\?test-file=\d+:19:\d+/,
  );
});
