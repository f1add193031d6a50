import type { FastifyInstance } from "fastify";
import type { NotificationClient } from "../../client/engine/notification.ts";
import type { ConsoleParts } from "../console/console.ts";
import { consoleRoutes } from "../console/routes.ts";
import type { ProvenLimits } from "../limits/proven-limits.ts";
import { type OperationDeps, operationsRoute } from "../routes/operations.ts";

/** Operations by several operators, and the console. */
export interface OperatorDeps extends OperationDeps {
  notification: Pick<NotificationClient, "transmit">;
  /** The operator console; `undefined` without an OpenID provider for operators. */
  console: ConsoleParts | undefined;
  limits: Pick<ProvenLimits, "session">;
  secret: Uint8Array;
}

export function operatorRoutes(server: FastifyInstance, { console, ...deps }: OperatorDeps): void {
  operationsRoute(server, deps);
  if (console) consoleRoutes(server, { ...deps, ...console });
}
