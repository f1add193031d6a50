import { IllegalStateError } from "@temporalio/common";
import { DefaultLogger, type Logger, makeTelemetryFilterString, Runtime } from "@temporalio/worker";

/**
 * Installs Temporal's runtime, with errors alone in its log. It is one for a process, which runs several test files: the first that
 * needs it installs it, and it stays as long as a connection or worker uses it.
 */
export function quietRuntime(): Logger {
  const logger = new DefaultLogger("ERROR");
  const filter = makeTelemetryFilterString({ core: "ERROR", other: "ERROR" });
  try {
    Runtime.install({ logger, telemetryOptions: { logging: { filter } } });
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error;
  }
  return logger;
}
