import type { FastifyInstance } from "fastify";
import { actRoutes } from "./acts.ts";
import type { ConsoleDeps } from "./console.ts";
import { countsRoutes } from "./counts.ts";
import { erasureRoutes } from "./erasures.ts";
import { loginRoutes } from "./login.ts";
import { lookupRoutes } from "./lookups.ts";
import { pageRoutes } from "./page.ts";

/** The operator console: the page at `/console/`, its login, and its API. */
export function consoleRoutes(server: FastifyInstance, deps: ConsoleDeps): void {
  loginRoutes(server, deps);
  countsRoutes(server, deps);
  lookupRoutes(server, deps);
  actRoutes(server, deps);
  erasureRoutes(server, deps);
  pageRoutes(server, deps);
}
