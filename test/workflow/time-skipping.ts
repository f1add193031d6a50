import { fileURLToPath } from "node:url";
import { TestWorkflowEnvironment } from "@temporalio/testing";
import {
  bundleWorkflowCode,
  Worker,
  type WorkerOptions,
  type WorkflowBundleWithSourceMap,
} from "@temporalio/worker";
import { quietRuntime } from "./quiet-runtime.ts";

/** The workflows of a file, its path from this folder. Before anything else of Temporal's. */
export async function bundle(file: string): Promise<WorkflowBundleWithSourceMap> {
  const workflowsPath = fileURLToPath(new URL(file, import.meta.url));
  return bundleWorkflowCode({ workflowsPath, logger: quietRuntime() });
}

/** A Temporal server whose clock jumps to the next timer while nothing else is to be done. */
export async function startServer(): Promise<TestWorkflowEnvironment> {
  return TestWorkflowEnvironment.createTimeSkipping({ server: program("KAZASU_TEMPORAL_TEST_SERVER") });
}

/** The server that the embedded stack runs; its clock is the machine's. */
export async function startDevelopmentServer(): Promise<TestWorkflowEnvironment> {
  return TestWorkflowEnvironment.createLocal({
    server: { ...program("KAZASU_TEMPORAL_CLI"), log: { format: "pretty", level: "never" } },
  });
}

function program(variable: string) {
  const path = process.env[variable];
  if (!path)
    throw new Error(`${variable} is not set; run the tests by \`npm test\`, which fetches the server.`);
  return { executable: { type: "existing-path" as const, path } };
}

/**
 * Workers for all tests of a server, and how they end. One for each test would not do: a worker that has just stopped
 * may still be given a task of the next test, which then waits.
 */
export async function startWorkers(
  { nativeConnection }: TestWorkflowEnvironment,
  ...options: readonly Omit<WorkerOptions, "connection">[]
): Promise<() => Promise<void>> {
  const workers = await Promise.all(
    options.map((of) => Worker.create({ ...of, connection: nativeConnection })),
  );
  const running = Promise.all(workers.map((worker) => worker.run()));
  return async () => {
    for (const worker of workers) worker.shutdown();
    await running;
  };
}

type Act = (input: never) => Promise<unknown>;

/** Activities that are, whenever they are called, those of the world a test is in just then. */
export const activitiesOf = (names: readonly string[], world: () => object): Record<string, Act> =>
  Object.fromEntries(
    names.map((name) => [name, async (input: never) => (world() as Record<string, Act>)[name]!(input)]),
  );
