import type { TestWorkflowEnvironment } from "@temporalio/testing";
import { Worker } from "@temporalio/worker";
import { IssuanceClient } from "../../client/engine/issuance.ts";
import type { ConsentStartActivities } from "../../workflows/consent/contract.ts";
import { type IssuanceActivities, issuance } from "../../workflows/issuance/contract.ts";
import { removeGlobalHooks } from "./global-hooks.ts";
import { bundle, startServer } from "./time-skipping.ts";

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
  const workflowBundle = await bundle("../../workflows/index.ts");
  const environment = await startServer();
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
