import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { NativeConnection, Worker, type WorkerOptions } from "@temporalio/worker";
import type { Logger } from "pino";
import { runSequencer } from "../activities/audit/sequencer.ts";
import { type IssuanceJournal, openJournal } from "../activities/signing/journal.ts";
import { encryptingDataConverter } from "../client/data-converter/payload-codec.ts";
import type { Authorities } from "../pki/ca/authorities.ts";
import { changeDetection } from "../workflows/change-detection/contract.ts";
import { consent } from "../workflows/consent/contract.ts";
import { issuance } from "../workflows/issuance/contract.ts";
import { ensureAuditKey } from "./audit-key.ts";
import { checkpointFolder } from "./checkpoint-folder.ts";
import type { Configuration } from "./configuration.ts";
import { connectJlis } from "./counted-jlis.ts";
import { connectEngine } from "./engine.ts";
import { issuanceActivities } from "./issuance-activities.ts";
import { keepCounts } from "./keep-counts.ts";
import { lifecycleActivities } from "./lifecycle-activities.ts";
import { announceSetting, makeAuthorityParts } from "./parts.ts";
import { installRuntime } from "./temporal-runtime.ts";

export interface RunningWorker {
  /** Stops polling, completes running work, and closes its connections. */
  close(): Promise<void>;
}

/** The interval at which the audit log is chained: a line waits at most this long. */
const sequencerMs = 2_000;

/** Replacements of parts: for example a faulty signer in a test. */
export interface WorkerParts {
  authorities?: (made: Authorities) => Authorities;
  journal?: (made: IssuanceJournal) => IssuanceJournal;
}

/**
 * Runs the workers of all lifecycles until they are closed: one for issuance, where a person waits; one for lifecycles of days
 * and years; and one for what J-LIS limits, whose task queue has J-LIS's quota as its rate limit.
 */
export async function runWorker(
  configuration: Configuration,
  log: Logger,
  replaced: WorkerParts = {},
): Promise<RunningWorker> {
  installRuntime(log);
  announceSetting(configuration, log);
  const made = await makeAuthorityParts(configuration, log);
  const authorities = () => replaced.authorities?.(made.authorities()) ?? made.authorities();
  const [openedJournal, engine, connection] = await Promise.all([
    openJournal(configuration.KAZASU_JOURNAL, made.clock),
    connectEngine(configuration, made.keys),
    NativeConnection.connect(configuration.temporal.connectionOptions),
  ]);
  const journal = replaced.journal?.(openedJournal) ?? openedJournal;
  const jlis = connectJlis(configuration, { ...made, log });
  const checkpoints = checkpointFolder(configuration.KAZASU_CHECKPOINTS, made.clock);
  const auditKey = await ensureAuditKey(configuration.KAZASU_KEYS);
  const parts = { ...made, authorities, journal, jlis, engine, checkpoints, auditKey, log };
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
  const sequencer = runSequencer(
    { pool: made.pool, checkpoints, key: auditKey, clock: made.clock, log },
    sequencerMs,
  );
  const endCounts = keepCounts(made.pool, log);
  const finished = Promise.all(workers.map((worker) => worker.run()));
  return {
    async close() {
      for (const worker of workers) if (worker.getState() === "RUNNING") worker.shutdown();
      await finished;
      await Promise.all([sequencer.close(), endCounts()]);
      await Promise.all([connection.close(), engine.close(), made.close(), journal.close()]);
    },
  };
}

/** The bundle from the build; from sources (tests), the worker itself bundles them. */
function workflowSource(): Pick<WorkerOptions, "workflowBundle" | "workflowsPath"> {
  const bundle = fileURLToPath(new URL("../workflow-bundle.js", import.meta.url));
  if (existsSync(bundle)) return { workflowBundle: { codePath: bundle } };
  return { workflowsPath: fileURLToPath(new URL("../workflows/index.ts", import.meta.url)) };
}
