import type { FastifyInstance } from "fastify";
import type { NotificationClient } from "../../client/engine/notification.ts";
import type { ConsoleParts } from "../console/console.ts";
import { consoleRoutes } from "../console/routes.ts";
import type { ProvenLimits } from "../limits/proven-limits.ts";
import { type OperationDeps, operationsRoute } from "../routes/operations.ts";

/** What operators do together, and the console that they look at. */
export interface OperatorDeps extends OperationDeps {
  notification: Pick<NotificationClient, "transmit">;
  /** The operator console; `undefined` where nobody vouches for operators. */
  console: ConsoleParts | undefined;
  limits: Pick<ProvenLimits, "session">;
  secret: Uint8Array;
}

export function operatorRoutes(server: FastifyInstance, { console, ...deps }: OperatorDeps): void {
  operationsRoute(server, deps);
  if (console) consoleRoutes(server, { ...deps, ...console });
}
