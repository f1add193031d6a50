import type { FastifyInstance } from "fastify";
import { type ConfigurationDeps, configurationRoute } from "../routes/configuration.ts";
import { type OpenApiDeps, openApiRoute } from "../routes/openapi.ts";

/** What the gateway says of itself. */
export interface AboutDeps extends ConfigurationDeps, OpenApiDeps {}

export function aboutRoutes(server: FastifyInstance, deps: AboutDeps): void {
  configurationRoute(server, deps);
  openApiRoute(server, deps);
}
