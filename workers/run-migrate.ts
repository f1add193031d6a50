import { status } from "@grpc/grpc-js";
import { Connection, isGrpcServiceError } from "@temporalio/client";
import { msToTs } from "@temporalio/common/lib/time.js";
import type { Logger } from "pino";
import { migrateDatabase } from "../registry/migrate.ts";
import type { Configuration } from "./configuration.ts";

/** How long Temporal keeps a closed lifecycle. What comes after it is answered from the registry. */
const retention = "7 days";

/** Brings Postgres and Temporal to what this release needs; does nothing where it is there already. */
export async function migrateAll(configuration: Configuration, log: Logger): Promise<void> {
  await migrateDatabase(configuration.DATABASE_URL, (line) => log.debug(line));
  const { connectionOptions, namespace } = configuration.temporal;
  const connection = await Connection.connect({
    ...connectionOptions,
    address: connectionOptions.address ?? "",
  });
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs(retention),
    });
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== status.ALREADY_EXISTS) throw error;
  } finally {
    await connection.close();
  }
}
