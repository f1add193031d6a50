import { fileURLToPath } from "node:url";
import { TestWorkflowEnvironment } from "@temporalio/testing";
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from "@temporalio/worker";
import { IssuanceClient } from "../../client/operator/issuance.ts";
import type { ConsentStartActivities } from "../../workflows/consent/contract.ts";
import { type IssuanceActivities, issuance } from "../../workflows/issuance/contract.ts";
import { removeGlobalHooks } from "./global-hooks.ts";

/** The time-skipping server, one bundle, and a worker per test with the activities the test wants. */
export interface IssuanceEnvironment {
  environment: TestWorkflowEnvironment;
  client: IssuanceClient;
  /** Runs `act` while a worker with these activities works. */
  withWorker(
    activities: Partial<IssuanceActivities & Pick<ConsentStartActivities, "grantAtTap">>,
    act: () => Promise<void>,
  ): Promise<void>;
  close(): Promise<void>;
}

export async function startIssuanceEnvironment(): Promise<IssuanceEnvironment> {
  const path = process.env["KAZASU_TEMPORAL_TEST_SERVER"];
  if (!path)
    throw new Error(
      "KAZASU_TEMPORAL_TEST_SERVER is not set; run the tests by `npm test`, which fetches the server.",
    );
  Runtime.install({
    logger: new DefaultLogger("ERROR"),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: "ERROR", other: "ERROR" }) } },
  });
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: "existing-path", path } },
  });
  const workflowBundle: WorkflowBundleWithSourceMap = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL("../../workflows/index.ts", import.meta.url)),
    logger: new DefaultLogger("ERROR"),
  });
  const accept: IssuanceActivities & Pick<ConsentStartActivities, "grantAtTap"> = {
    verifyCard: async () => ({ kind: "verified", askLinkage: false }),
    linkCard: async () => {},
    admit: async () => ({ kind: "applied" }),
    issue: async () => ({ kind: "issued", certificateId: "c1" }),
    endIssuance: async () => {},
    grantAtTap: async () => {},
  };
  return {
    environment,
    client: new IssuanceClient(environment.client),
    async withWorker(activities, act) {
      const worker = await Worker.create({
        connection: environment.nativeConnection,
        taskQueue: issuance.taskQueue,
        workflowBundle,
        activities: { ...accept, ...activities },
      });
      await worker.runUntil(act());
    },
    async close() {
      await environment.teardown();
      removeGlobalHooks();
    },
  };
}
