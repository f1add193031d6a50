import type { FastifyInstance } from "fastify";
import { type ConfigurationDeps, configurationRoute } from "../routes/configuration.ts";
import { openApiRoute } from "../routes/openapi.ts";

/** The gateway's own metadata. */
export type AboutDeps = ConfigurationDeps;

export function aboutRoutes(server: FastifyInstance, deps: AboutDeps): void {
  configurationRoute(server, deps);
  openApiRoute(server);
}
