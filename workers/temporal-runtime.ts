import { DefaultLogger, makeTelemetryFilterString, Runtime } from "@temporalio/worker";
import type { Logger } from "pino";

let installed = false;

/**
 * Sets Temporal's process-wide runtime up once, before any connection: its log goes to ours, and signals stay with
 * the process, which shuts its parts down in order.
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
    // The native part writes to stdout, where a command's own answer stands, so only what ends it is let through. Forwarding
    // its log instead keeps a process alive that could not start.
    telemetryOptions: {
      logging: { console: {}, filter: makeTelemetryFilterString({ core: "ERROR", other: "ERROR" }) },
    },
  });
}

/** Of Temporal's log fields, those that can carry no payload and no failure text. */
function safeMeta(meta: Record<string | symbol, unknown> | undefined): Record<string, unknown> {
  const safe = ["workflowId", "runId", "workflowType", "activityType", "taskQueue", "attempt"];
  const { error } = meta ?? {};
  return {
    ...Object.fromEntries(Object.entries(meta ?? {}).filter(([name]) => safe.includes(name))),
    ...(error instanceof Error ? { errorName: error.name } : {}),
  };
}
