import type { FastifyInstance } from "fastify";
import { ssfConfigurationRoutes } from "./configuration.ts";
import type { SharedSignalsDeps } from "./deps.ts";
import { pollRoutes } from "./poll.ts";
import { streamStatusRoutes } from "./status.ts";
import { streamRoutes } from "./streams.ts";
import { streamSubjectRoutes } from "./subjects.ts";
import { streamTokenRoutes } from "./tokens.ts";

/** The Shared Signals transmitter (docs/reference/events.md). */
export function sharedSignalsRoutes(server: FastifyInstance, deps: SharedSignalsDeps): void {
  ssfConfigurationRoutes(server, deps);
  streamRoutes(server, deps);
  streamStatusRoutes(server, deps);
  streamSubjectRoutes(server, deps);
  streamTokenRoutes(server, deps);
  pollRoutes(server, deps);
}
