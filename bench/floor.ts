import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { Client, Connection, WithStartWorkflowOperation } from "@temporalio/client";
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { type CodecKeys, encryptingDataConverter } from "../client/data-converter/payload-codec.ts";
import { type FloorActivities, floor } from "./workflows/contract.ts";

/** The cost of Temporal itself on this server, as a baseline for issuance. */
export interface Floor {
  client: Client;
  empty: () => Promise<void>;
  twoUpdates: () => Promise<void>;
  twoUpdatesAndActivity: () => Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a worker for the empty workflows, with the settings and the codec of the engine's worker, and a client that sends
 * Updates like the engine's client: by Update-with-Start, with an update id.
 */
export async function startFloor(options: {
  address: string;
  namespace: string;
  codecKeys: CodecKeys;
}): Promise<Floor> {
  const { address, namespace } = options;
  const logger = new DefaultLogger("WARN");
  Runtime.install({ logger, shutdownSignals: [] });
  const dataConverter = encryptingDataConverter(options.codecKeys);
  const failureConverterPath = dataConverter.failureConverterPath;
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL("./workflows/index.js", import.meta.url)),
    ...(failureConverterPath === undefined ? {} : { failureConverterPath }),
    logger,
  });
  const activities: FloorActivities = { nothing: async () => ({ kind: "done" }) };
  const workerConnection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection: workerConnection,
    namespace,
    taskQueue: floor.taskQueue,
    activities,
    dataConverter,
    workflowBundle,
    maxCachedWorkflows: 500,
  });
  const finished = worker.run();
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace, dataConverter });

  const updates = async (workflowType: string): Promise<void> => {
    const workflowId = `bench/${randomUUID()}`;
    for (const update of [floor.first, floor.second]) {
      const id = randomUUID();
      await client.workflow.executeUpdateWithStart(update, {
        updateId: id,
        args: [{ id }],
        startWorkflowOperation: new WithStartWorkflowOperation(workflowType, {
          workflowId,
          taskQueue: floor.taskQueue,
          args: [],
          workflowIdConflictPolicy: "USE_EXISTING",
          workflowIdReusePolicy: "REJECT_DUPLICATE",
        }),
      });
    }
  };
  return {
    client,
    empty: () =>
      client.workflow.execute(floor.empty, {
        workflowId: `bench/${randomUUID()}`,
        taskQueue: floor.taskQueue,
      }),
    twoUpdates: () => updates(floor.twoUpdates),
    twoUpdatesAndActivity: () => updates(floor.twoUpdatesAndActivity),
    async close() {
      worker.shutdown();
      await finished;
      await Promise.all([connection.close(), workerConnection.close()]);
    },
  };
}
