import type { FastifyInstance } from "fastify";
import { type ConfigurationDeps, configurationRoute } from "../routes/configuration.ts";
import { openApiRoute } from "../routes/openapi.ts";

/** What the gateway says of itself. */
export type AboutDeps = ConfigurationDeps;

export function aboutRoutes(server: FastifyInstance, deps: AboutDeps): void {
  configurationRoute(server, deps);
  openApiRoute(server);
}
