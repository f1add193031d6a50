import { setTimeout as sleep } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { Client, Connection, isGrpcServiceError } from "@temporalio/client";
import { msToNumber as msOf, msToTs, optionalTsToMs } from "@temporalio/common/lib/time.js";
import type { Logger } from "pino";
import { migrateDatabase } from "../registry/migrate.ts";
import type { Configuration } from "./configuration.ts";
import { durationsOf } from "./durations.ts";
import { ensureSchedules } from "./schedules.ts";

/** How long Temporal keeps a closed workflow. Later requests are answered from the registry. */
const retention = "7 days";

/** A cluster's frontends learn of a new namespace within about ten seconds. */
const namespacePatience = { tries: 30, everyMs: 1_000 };

/** Migrates Postgres and Temporal to this release; does nothing if they are up to date. */
export async function migrateAll(configuration: Configuration, log: Logger): Promise<void> {
  await migrateDatabase(configuration.DATABASE_URL, (line) => log.debug(line));
  const { connectionOptions, namespace } = configuration.temporal;
  const connection = await Connection.connect({
    ...connectionOptions,
    address: connectionOptions.address ?? "",
  });
  try {
    await ensureNamespace(connection, namespace);
    await onceKnown(() =>
      ensureSchedules(new Client({ connection, namespace }), durationsOf(configuration).dayMs),
    );
  } finally {
    await connection.close();
  }
}

/** Creates the namespace, or updates the retention of an existing one. */
async function ensureNamespace(connection: Connection, namespace: string): Promise<void> {
  const workflowExecutionRetentionPeriod = msToTs(retention);
  try {
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== status.ALREADY_EXISTS) throw error;
    await onceKnown(() => bringRetention(connection, namespace));
  }
}

async function bringRetention({ workflowService }: Connection, namespace: string): Promise<void> {
  const { config } = await workflowService.describeNamespace({ namespace });
  if (optionalTsToMs(config?.workflowExecutionRetentionTtl) === msOf(retention)) return;
  const workflowExecutionRetentionTtl = msToTs(retention);
  await workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl } });
}

/** Retries while the cluster does not know the namespace that was just registered. */
async function onceKnown(act: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      const unknown = isGrpcServiceError(error) && error.code === status.NOT_FOUND;
      if (!unknown || attempt >= namespacePatience.tries) throw error;
      await sleep(namespacePatience.everyMs);
    }
  }
}
