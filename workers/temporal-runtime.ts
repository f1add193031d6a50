import { DefaultLogger, makeTelemetryFilterString, Runtime } from "@temporalio/worker";
import type { Logger } from "pino";

let installed = false;

/**
 * Installs Temporal's process-wide runtime once, before any connection: its log is forwarded to ours, and signals are handled
 * by the process, which shuts its parts down in order.
 */
export function installRuntime(log: Logger): void {
  if (installed) return;
  installed = true;
  const levels = { TRACE: "trace", DEBUG: "debug", INFO: "info", WARN: "warn", ERROR: "error" } as const;
  const child = log.child({ part: "temporal" });
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger("WARN", ({ level, message, meta }) =>
      child[levels[level]](safeMeta(meta), message),
    ),
    // The native part writes to stdout, which is for a command's own output, so only fatal messages are let through. Forwarding
    // its log instead keeps a process alive that could not start.
    telemetryOptions: {
      logging: { console: {}, filter: makeTelemetryFilterString({ core: "ERROR", other: "ERROR" }) },
    },
  });
}

/** The fields of Temporal's log that cannot contain a payload or failure text. */
function safeMeta(meta: Record<string | symbol, unknown> | undefined): Record<string, unknown> {
  const safe = ["workflowId", "runId", "workflowType", "activityType", "taskQueue", "attempt"];
  const { error } = meta ?? {};
  return {
    ...Object.fromEntries(Object.entries(meta ?? {}).filter(([name]) => safe.includes(name))),
    ...(error instanceof Error ? { errorName: error.name } : {}),
  };
}
