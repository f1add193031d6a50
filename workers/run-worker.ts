import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { NativeConnection, Worker, type WorkerOptions } from "@temporalio/worker";
import type { Logger } from "pino";
import { createCardVerificationActivities } from "../activities/card-verification/activities.ts";
import { jlisOverHttp } from "../activities/j-lis/http.ts";
import { createRecognitionActivities } from "../activities/recognition/activities.ts";
import { createRetentionActivities } from "../activities/retention/activities.ts";
import { createSigningActivities } from "../activities/signing/activities.ts";
import { openJournal } from "../activities/signing/journal.ts";
import { encryptingDataConverter } from "../client/data-converter/codec.ts";
import type { Authority } from "../pki/ca/authority.ts";
import { basic } from "../pki/ca/profile.ts";
import {
  type IssuanceActivities,
  issuance,
  type RetentionActivities,
} from "../workflows/issuance/contract.ts";
import type { Configuration } from "./configuration.ts";
import { announceSetting, makeParts } from "./parts.ts";
import { statusUrls } from "./status-urls.ts";
import { installRuntime } from "./temporal-runtime.ts";

export interface RunningWorker {
  /** Stops taking work, lets what is under way finish, and closes its connections. */
  close(): Promise<void>;
}

/** What a caller may put in the place of a part: an HSM-backed authority, or a faulty one in a test. */
export interface WorkerParts {
  authority?: (made: Authority) => Authority;
}

/** Runs the worker of the issuance lifecycle until it is closed. */
export async function runWorker(
  configuration: Configuration,
  log: Logger,
  replaced: WorkerParts = {},
): Promise<RunningWorker> {
  installRuntime(log);
  announceSetting(configuration, log);
  const parts = await makeParts(configuration, log);
  const authority = replaced.authority?.(parts.authority) ?? parts.authority;
  const journal = await openJournal(configuration.KAZASU_JOURNAL, parts.clock);
  const jlis = jlisOverHttp(configuration.KAZASU_JLIS_URL);
  const reader = {
    pool: parts.pool,
    sealer: parts.sealer,
    serviceKey: parts.keys.service.publicJwk,
    rules: parts.rules,
    recognitionKey: parts.keys.recognition,
    jlis,
    clock: parts.clock,
  };
  const activities: IssuanceActivities & RetentionActivities = {
    ...createCardVerificationActivities(reader),
    ...createRecognitionActivities({
      ...reader,
      pseudonymKey: parts.keys.pseudonym,
      activationKey: parts.keys.activation,
    }),
    ...createSigningActivities({
      pool: parts.pool,
      authority,
      profile: basic,
      urls: statusUrls(configuration),
      journal,
      clock: parts.clock,
    }),
    ...createRetentionActivities(parts),
  };
  const connection = await NativeConnection.connect(configuration.temporal.connectionOptions);
  const worker = await Worker.create({
    connection,
    namespace: configuration.temporal.namespace,
    taskQueue: issuance.taskQueue,
    activities,
    dataConverter: encryptingDataConverter(parts.keys.codec),
    shutdownGraceTime: "10s",
    maxCachedWorkflows: 500,
    ...workflowSource(),
  });
  const finished = worker.run();
  return {
    async close() {
      if (worker.getState() === "RUNNING") worker.shutdown();
      await finished;
      await Promise.all([connection.close(), parts.pool.end(), journal.close()]);
    },
  };
}

/** The bundle that the build made; from sources (tests), the worker bundles them itself. */
function workflowSource(): Pick<WorkerOptions, "workflowBundle" | "workflowsPath"> {
  const bundle = fileURLToPath(new URL("../workflow-bundle.js", import.meta.url));
  if (existsSync(bundle)) return { workflowBundle: { codePath: bundle } };
  return { workflowsPath: fileURLToPath(new URL("../workflows/index.ts", import.meta.url)) };
}
