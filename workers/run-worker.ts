import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { NativeConnection, Worker, type WorkerOptions } from "@temporalio/worker";
import type { Logger } from "pino";
import { jlisOverHttp } from "../activities/j-lis/http.ts";
import { openJournal } from "../activities/signing/journal.ts";
import { encryptingDataConverter } from "../client/data-converter/codec.ts";
import type { Authority } from "../pki/ca/authority.ts";
import { changeDetection } from "../workflows/change-detection/contract.ts";
import { consent } from "../workflows/consent/contract.ts";
import { issuance } from "../workflows/issuance/contract.ts";
import type { Configuration } from "./configuration.ts";
import { issuanceActivities } from "./issuance-activities.ts";
import { lifecycleActivities } from "./lifecycle-activities.ts";
import { connectOperator } from "./operator.ts";
import { announceSetting, makeParts } from "./parts.ts";
import { installRuntime } from "./temporal-runtime.ts";

export interface RunningWorker {
  /** Stops taking work, lets what is under way finish, and closes its connections. */
  close(): Promise<void>;
}

/** What a caller may put in the place of a part: an HSM-backed authority, or a faulty one in a test. */
export interface WorkerParts {
  authority?: (made: Authority) => Authority;
}

/**
 * Runs the workers of all lifecycles until they are closed: one for issuance, where a person waits; one for what takes
 * days and years; and one for what J-LIS limits, whose queue has J-LIS's quota as its rate.
 */
export async function runWorker(
  configuration: Configuration,
  log: Logger,
  replaced: WorkerParts = {},
): Promise<RunningWorker> {
  installRuntime(log);
  announceSetting(configuration, log);
  const made = await makeParts(configuration, log);
  const authority = replaced.authority?.(made.authority) ?? made.authority;
  const [journal, operator, connection] = await Promise.all([
    openJournal(configuration.KAZASU_JOURNAL, made.clock),
    connectOperator(configuration, made.keys),
    NativeConnection.connect(configuration.temporal.connectionOptions),
  ]);
  const jlis = jlisOverHttp(configuration.KAZASU_JLIS_URL);
  const parts = { ...made, authority, journal, jlis, operator, log };
  const lifecycles = lifecycleActivities(configuration, parts);
  const common = {
    connection,
    namespace: configuration.temporal.namespace,
    dataConverter: encryptingDataConverter(made.keys.codec),
    shutdownGraceTime: "10s",
  } as const;
  const workers = await Promise.all([
    Worker.create({
      ...common,
      ...workflowSource(),
      taskQueue: issuance.taskQueue,
      activities: issuanceActivities(configuration, parts),
      maxCachedWorkflows: 500,
    }),
    Worker.create({
      ...common,
      ...workflowSource(),
      taskQueue: consent.taskQueue,
      activities: lifecycles,
      maxCachedWorkflows: 500,
    }),
    Worker.create({
      ...common,
      taskQueue: changeDetection.registerTaskQueue,
      activities: lifecycles,
      maxTaskQueueActivitiesPerSecond: configuration.KAZASU_JLIS_PER_SECOND,
    }),
  ]);
  const finished = Promise.all(workers.map((worker) => worker.run()));
  return {
    async close() {
      for (const worker of workers) if (worker.getState() === "RUNNING") worker.shutdown();
      await finished;
      await Promise.all([connection.close(), operator.close(), made.pool.end(), journal.close()]);
    },
  };
}

/** The bundle that the build made; from sources (tests), the worker bundles them itself. */
function workflowSource(): Pick<WorkerOptions, "workflowBundle" | "workflowsPath"> {
  const bundle = fileURLToPath(new URL("../workflow-bundle.js", import.meta.url));
  if (existsSync(bundle)) return { workflowBundle: { codePath: bundle } };
  return { workflowsPath: fileURLToPath(new URL("../workflows/index.ts", import.meta.url)) };
}
